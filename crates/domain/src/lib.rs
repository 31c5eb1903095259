//! The pure rules and words of the product.
