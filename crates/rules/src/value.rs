//! One value of a field, as the source hands it over.

use std::net::IpAddr;

/// Borrowed from the event. The variant follows from the field's [`FieldType`](crate::FieldType): text types, paths and byte
/// buffers are `Bytes`, the unsigned and `Port`, `AbsTime`, `RelTime` are `Unsigned`, the signed are `Signed`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Text need not be UTF-8.
    Bytes(&'a [u8]),
    /// A truth.
    Bool(bool),
    /// A whole number that may be negative.
    Signed(i64),
    /// A whole number, a port, nanoseconds.
    Unsigned(u64),
    /// A fraction.
    Double(f64),
    /// Of either family.
    Address(IpAddr),
}
