pub mod dtype;
pub mod scalar;
pub mod dim;
pub mod shape;
pub mod op;
