#include "products.hpp"

namespace rotoscope {
namespace {

template <class Product, class Target>
void store(const Product& product, Update update, Target& c) {
    if (update == Update::add) c.noalias() += product;
    else c.noalias() = product;
}

}  // namespace

void multiply(const ConstRows<float>& a, const ConstRows<float>& b, Update update, Rows<float> c) {
    store(a * b, update, c);
}
void multiply(const ConstRows<double>& a, const ConstRows<double>& b, Update update, Rows<double> c) {
    store(a * b, update, c);
}
void multiply_transposed(const ConstRows<float>& a, const ConstRows<float>& b, Update update, Rows<float> c) {
    store(a * b.transpose(), update, c);
}
void multiply_transposed(const ConstRows<double>& a, const ConstRows<double>& b, Update update, Rows<double> c) {
    store(a * b.transpose(), update, c);
}
void transposed_multiply(const ConstRows<float>& a, const ConstRows<float>& b, Update update, Rows<float> c) {
    store(a.transpose() * b, update, c);
}
void transposed_multiply(const ConstRows<double>& a, const ConstRows<double>& b, Update update, Rows<double> c) {
    store(a.transpose() * b, update, c);
}

}  // namespace rotoscope
