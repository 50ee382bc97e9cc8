//! What goes into a call: arrays of any strides, slices, scalars, tensors.
//!
//! Invariants: contiguous row-major arrays are not copied; others are, once.
//!
//! Not here: checks against declared types (`call.rs`).

use hypatia_ir::dtype::DType;
use hypatia_ir::scalar::{Element, Scalar};
use hypatia_ir::tensor::{Stored, Tensor};
use ndarray::{ArrayBase, Data, Dimension};
use smallvec::SmallVec;

/// Lengths of the axes of an argument.
pub(crate) type Lengths = SmallVec<[usize; 4]>;

/// One argument.
#[derive(Debug)]
pub struct Arg<'a> {
    pub(crate) dtype: DType,
    pub(crate) lengths: Lengths,
    pub(crate) elements: Elements<'a>,
}

#[derive(Debug)]
pub(crate) enum Elements<'a> {
    /// Row-major elements of the caller.
    Borrowed(&'a [u8]),
    /// One value.
    Scalar(Bytes),
    /// A copy. Boxed, as it is rare and large.
    Owned(Box<Tensor>),
}

/// The bytes of one value of any element type, aligned for all of them.
#[derive(Debug)]
#[repr(align(8))]
pub(crate) struct Bytes(pub [u8; 8]);

impl<'a> Arg<'a> {
    fn slice<T: Element>(lengths: &[usize], elements: &'a [T]) -> Arg<'a> {
        let bytes = std::mem::size_of_val(elements);
        // SAFETY: element types are plain data without padding, so their bytes may be read.
        let bytes = unsafe { std::slice::from_raw_parts(elements.as_ptr().cast(), bytes) };
        let elements = Elements::Borrowed(bytes);
        Arg { dtype: T::DTYPE, lengths: Lengths::from_slice(lengths), elements }
    }

    /// A copy.
    pub(crate) fn to_tensor(&self) -> Tensor {
        let mut copy = Tensor::zeros(self.dtype, &self.lengths);
        let bytes = copy.len() * self.dtype.size();
        // SAFETY: the argument has the elements that its lengths say, and the copy as many of the
        // same type.
        unsafe { std::ptr::copy_nonoverlapping(self.address(), copy.as_mut_ptr(), bytes) };
        copy
    }

    /// The address of the first element.
    pub(crate) fn address(&self) -> *const u8 {
        match &self.elements {
            Elements::Borrowed(bytes) => bytes.as_ptr(),
            Elements::Scalar(bytes) => bytes.0.as_ptr(),
            Elements::Owned(tensor) => tensor.as_ptr(),
        }
    }
}

/// A value that can be an argument.
pub trait IntoArg<'a> {
    /// The argument.
    fn into_arg(self) -> Arg<'a>;
}

impl<'a, T: Stored, S: Data<Elem = T>, D: Dimension> IntoArg<'a> for &'a ArrayBase<S, D> {
    fn into_arg(self) -> Arg<'a> {
        match self.as_slice() {
            Some(elements) => Arg::slice(self.shape(), elements),
            None => Tensor::from(self).into_arg(),
        }
    }
}

impl<'a> IntoArg<'a> for Tensor {
    fn into_arg(self) -> Arg<'a> {
        let (dtype, lengths) = (self.dtype(), Lengths::from_slice(self.shape()));
        Arg { dtype, lengths, elements: Elements::Owned(Box::new(self)) }
    }
}

impl<'a> IntoArg<'a> for &'a Tensor {
    fn into_arg(self) -> Arg<'a> {
        fn of<'a, T: Stored>(tensor: &'a Tensor) -> Option<Arg<'a>> {
            tensor.as_slice::<T>().map(|elements| Arg::slice(tensor.shape(), elements))
        }
        let arg = match self.dtype() {
            DType::Bool => of::<bool>(self),
            DType::U8 => of::<u8>(self),
            DType::I32 => of::<i32>(self),
            DType::I64 => of::<i64>(self),
            DType::F32 => of::<f32>(self),
            DType::F64 => of::<f64>(self),
        };
        arg.unwrap_or_else(|| self.clone().into_arg())
    }
}

impl<'a, T: Stored> IntoArg<'a> for &'a [T] {
    fn into_arg(self) -> Arg<'a> {
        Arg::slice(&[self.len()], self)
    }
}

impl<'a, T: Stored> IntoArg<'a> for &'a Vec<T> {
    fn into_arg(self) -> Arg<'a> {
        self.as_slice().into_arg()
    }
}

impl<'a, T: Stored, const N: usize> IntoArg<'a> for &'a [T; N] {
    fn into_arg(self) -> Arg<'a> {
        self.as_slice().into_arg()
    }
}

impl<'a> IntoArg<'a> for Arg<'a> {
    fn into_arg(self) -> Arg<'a> {
        self
    }
}

macro_rules! scalar_args {
    ($($t:ty),*) => {$(
        impl<'a> IntoArg<'a> for $t {
            fn into_arg(self) -> Arg<'a> {
                let bytes = Bytes(Scalar::new(self).bits().to_le_bytes());
                let elements = Elements::Scalar(bytes);
                Arg { dtype: <$t>::DTYPE, lengths: Lengths::new(), elements }
            }
        }
    )*};
}
scalar_args!(bool, u8, i32, i64, f32, f64);

/// An argument by itself, for [`crate::Function::call_named`].
pub fn arg<'a>(value: impl IntoArg<'a>) -> Arg<'a> {
    value.into_arg()
}

/// All arguments of a call: a tuple, a list, or nothing.
pub trait IntoArgs<'a> {
    /// Hands the arguments on, by position. They stay where they are made: moving them would take
    /// as long as a short call.
    fn with_args<R>(self, body: impl FnOnce(&[Arg<'a>]) -> R) -> R;
}

impl<'a> IntoArgs<'a> for () {
    fn with_args<R>(self, body: impl FnOnce(&[Arg<'a>]) -> R) -> R {
        body(&[])
    }
}

impl<'a> IntoArgs<'a> for Vec<Arg<'a>> {
    fn with_args<R>(self, body: impl FnOnce(&[Arg<'a>]) -> R) -> R {
        body(&self)
    }
}

impl<'a> IntoArgs<'a> for &'a [Tensor] {
    fn with_args<R>(self, body: impl FnOnce(&[Arg<'a>]) -> R) -> R {
        match self {
            [x] => body(&[x.into_arg()]),
            [x, y] => body(&[x.into_arg(), y.into_arg()]),
            all => body(&all.iter().map(IntoArg::into_arg).collect::<SmallVec<[Arg<'a>; 6]>>()),
        }
    }
}

macro_rules! args_of_tuples {
    ($(($($t:ident),+))*) => {$(
        impl<'a, $($t: IntoArg<'a>),+> IntoArgs<'a> for ($($t,)+) {
            fn with_args<R>(self, body: impl FnOnce(&[Arg<'a>]) -> R) -> R {
                #[allow(non_snake_case)]
                let ($($t,)+) = self;
                body(&[$($t.into_arg()),+])
            }
        }
    )*};
}
args_of_tuples! {
    (A)(A, B)(A, B, C)(A, B, C, D)(A, B, C, D, E)(A, B, C, D, E, F)(A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H)
}
