//! Host tensors: typed arrays behind one runtime-typed value.
//!
//! Invariants: elements are in row-major order without gaps.
//!
//! Not here: device memory, and views with strides (calls copy those in).

use crate::dtype::DType;
use crate::scalar::{Element, Scalar};
use ndarray::{ArrayBase, ArrayD, ArrayViewD, Data, Dimension, IxDyn};
use std::fmt;

/// An array of any rank and element type, in row-major order.
#[derive(Clone, PartialEq)]
pub struct Tensor(Storage);

#[derive(Clone, PartialEq)]
enum Storage {
    Bool(ArrayD<bool>),
    U8(ArrayD<u8>),
    I32(ArrayD<i32>),
    I64(ArrayD<i64>),
    F32(ArrayD<f32>),
    F64(ArrayD<f64>),
}

/// Runs the same expression on the array inside, whatever its element type.
macro_rules! each {
    ($storage:expr, $array:ident => $body:expr) => {
        match $storage {
            Storage::Bool($array) => $body,
            Storage::U8($array) => $body,
            Storage::I32($array) => $body,
            Storage::I64($array) => $body,
            Storage::F32($array) => $body,
            Storage::F64($array) => $body,
        }
    };
}

/// An element type with the place of its arrays in [`Tensor`].
pub trait Stored: Element {
    /// Wraps an array, copying it into row-major order if it is not.
    fn wrap(array: ArrayD<Self>) -> Tensor;
    /// The array, if it has this element type.
    fn unwrap_ref(tensor: &Tensor) -> Option<&ArrayD<Self>>;
    /// The array by value, if it has this element type.
    fn unwrap_own(tensor: Tensor) -> Result<ArrayD<Self>, Tensor>;
}

macro_rules! stored {
    ($($t:ty => $v:ident),*) => {$(
        impl Stored for $t {
            fn wrap(array: ArrayD<$t>) -> Tensor {
                let array = if array.is_standard_layout() {
                    array
                } else {
                    array.as_standard_layout().into_owned()
                };
                Tensor(Storage::$v(array))
            }
            fn unwrap_ref(tensor: &Tensor) -> Option<&ArrayD<$t>> {
                match &tensor.0 { Storage::$v(a) => Some(a), _ => None }
            }
            fn unwrap_own(tensor: Tensor) -> Result<ArrayD<$t>, Tensor> {
                match tensor.0 { Storage::$v(a) => Ok(a), other => Err(Tensor(other)) }
            }
        }
    )*};
}
stored!(bool => Bool, u8 => U8, i32 => I32, i64 => I64, f32 => F32, f64 => F64);

impl Tensor {
    /// Zeros (false) of this type and shape.
    pub fn zeros(dtype: DType, shape: &[usize]) -> Tensor {
        match dtype {
            DType::Bool => bool::wrap(ArrayD::default(IxDyn(shape))),
            DType::U8 => u8::wrap(ArrayD::default(IxDyn(shape))),
            DType::I32 => i32::wrap(ArrayD::default(IxDyn(shape))),
            DType::I64 => i64::wrap(ArrayD::default(IxDyn(shape))),
            DType::F32 => f32::wrap(ArrayD::default(IxDyn(shape))),
            DType::F64 => f64::wrap(ArrayD::default(IxDyn(shape))),
        }
    }

    /// As [`Tensor::zeros`]; `None` if the memory cannot be had.
    pub fn try_zeros(dtype: DType, shape: &[usize]) -> Option<Tensor> {
        fn zeros<T: Stored>(shape: &[usize]) -> Option<Tensor> {
            let len = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d))?;
            let mut elements = Vec::new();
            elements.try_reserve_exact(len).ok()?;
            elements.resize(len, T::default());
            Tensor::from_vec(shape, elements)
        }
        match dtype {
            DType::Bool => zeros::<bool>(shape),
            DType::U8 => zeros::<u8>(shape),
            DType::I32 => zeros::<i32>(shape),
            DType::I64 => zeros::<i64>(shape),
            DType::F32 => zeros::<f32>(shape),
            DType::F64 => zeros::<f64>(shape),
        }
    }

    /// Elements in row-major order; `None` if their number does not fit the shape.
    pub fn from_vec<T: Stored>(shape: &[usize], elements: Vec<T>) -> Option<Tensor> {
        ArrayD::from_shape_vec(IxDyn(shape), elements).ok().map(T::wrap)
    }

    /// Every element equal to `value`.
    pub fn full(value: Scalar, shape: &[usize]) -> Tensor {
        let mut tensor = Tensor::zeros(value.dtype(), shape);
        for at in 0..tensor.len() {
            tensor.set(at, value);
        }
        tensor
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        match &self.0 {
            Storage::Bool(_) => DType::Bool,
            Storage::U8(_) => DType::U8,
            Storage::I32(_) => DType::I32,
            Storage::I64(_) => DType::I64,
            Storage::F32(_) => DType::F32,
            Storage::F64(_) => DType::F64,
        }
    }

    /// The lengths of the axes.
    pub fn shape(&self) -> &[usize] {
        each!(&self.0, a => a.shape())
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        each!(&self.0, a => a.len())
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The array, if `T` is its element type.
    pub fn view<T: Stored>(&self) -> Option<ArrayViewD<'_, T>> {
        T::unwrap_ref(self).map(|a| a.view())
    }

    /// The elements in row-major order, if `T` is their type.
    pub fn as_slice<T: Stored>(&self) -> Option<&[T]> {
        T::unwrap_ref(self).and_then(|a| a.as_slice())
    }

    /// The array by value; the tensor back if `T` is not its element type.
    pub fn into_array<T: Stored>(self) -> Result<ArrayD<T>, Tensor> {
        T::unwrap_own(self)
    }

    /// The element at a row-major position. The position must be less than [`Tensor::len`].
    pub fn get(&self, at: usize) -> Scalar {
        fn element<T: Element>(a: &ArrayD<T>, at: usize) -> Scalar {
            Scalar::new(a.as_slice().map_or(T::default(), |s| s[at]))
        }
        each!(&self.0, a => element(a, at))
    }

    /// Sets the element at a row-major position from the bits of `value`, whose dtype must be the
    /// tensor's.
    pub fn set(&mut self, at: usize, value: Scalar) {
        fn put<T: Element>(a: &mut ArrayD<T>, at: usize, value: Scalar) {
            if let Some(s) = a.as_slice_mut() {
                s[at] = T::from_bits64(value.bits());
            }
        }
        each!(&mut self.0, a => put(a, at, value));
    }

    /// The same elements with another shape; `None` if the number of elements differs.
    pub fn reshaped(self, shape: &[usize]) -> Option<Tensor> {
        fn change<T: Stored>(a: ArrayD<T>, shape: &[usize]) -> Option<Tensor> {
            a.into_shape_with_order(IxDyn(shape)).ok().map(T::wrap)
        }
        each!(self.0, a => change(a, shape))
    }

    /// The address of the first element, for back ends.
    pub fn as_ptr(&self) -> *const u8 {
        each!(&self.0, a => a.as_ptr().cast())
    }

    /// The address of the first element, for back ends.
    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        each!(&mut self.0, a => a.as_mut_ptr().cast())
    }
}

impl<T: Stored, S: Data<Elem = T>, D: Dimension> From<&ArrayBase<S, D>> for Tensor {
    fn from(array: &ArrayBase<S, D>) -> Tensor {
        T::wrap(array.as_standard_layout().into_owned().into_dyn())
    }
}

impl<T: Stored, D: Dimension> From<ndarray::Array<T, D>> for Tensor {
    fn from(array: ndarray::Array<T, D>) -> Tensor {
        T::wrap(array.into_dyn())
    }
}

impl<T: Stored> From<T> for Tensor {
    fn from(value: T) -> Tensor {
        T::wrap(ArrayD::from_elem(IxDyn(&[]), value))
    }
}

impl<T: Stored> From<Vec<T>> for Tensor {
    fn from(elements: Vec<T>) -> Tensor {
        T::wrap(ndarray::Array1::from(elements).into_dyn())
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:?} ", self.dtype(), self.shape())?;
        each!(&self.0, a => fmt::Display::fmt(a, f))
    }
}
