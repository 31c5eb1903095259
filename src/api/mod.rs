//! Server functions, one file for each family of use cases. Each begins with its guard; they translate, they do not
//! decide.

pub mod viewer;
