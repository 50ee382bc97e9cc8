pub mod kernel;
pub mod lane;
