//! The reference meaning of graphs.
