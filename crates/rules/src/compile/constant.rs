//! Constants of a condition, read by the type of the field they are compared with.
//! Numbers follow C's `scanf`: a sign is allowed, too large sticks at the largest, then only the type's bits are kept.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::error::CompileFault;
use super::service;
use crate::catalog::FieldType;

/// A constant of a type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Constant {
    Bytes(Box<[u8]>),
    Unsigned(u64),
    Signed(i64),
    /// The bits of an `f64`.
    Double(u64),
    Bool(bool),
    Address(IpAddr),
    Network {
        base: IpAddr,
        prefix: u8,
    },
}

impl Constant {
    pub(crate) fn parse(text: &str, kind: FieldType) -> Result<Self, CompileFault> {
        match kind {
            FieldType::CharBuf | FieldType::FsPath | FieldType::ByteBuf | FieldType::Dynamic => {
                Ok(Self::Bytes(text.as_bytes().into()))
            }
            FieldType::Bool => boolean(text),
            FieldType::Int8 => integer(text).map(|value| Self::Signed(i64::from(value as i8))),
            FieldType::Int16 => integer(text).map(|value| Self::Signed(i64::from(value as i16))),
            FieldType::Int32 => integer(text).map(|value| Self::Signed(i64::from(value as i32))),
            FieldType::Int64 => integer(text).map(|value| Self::Signed(value as i64)),
            FieldType::Uint8 => natural(text).map(|value| Self::Unsigned(u64::from(value as u8))),
            FieldType::Uint16 => natural(text).map(|value| Self::Unsigned(u64::from(value as u16))),
            FieldType::Uint32 => natural(text).map(|value| Self::Unsigned(u64::from(value as u32))),
            FieldType::Uint64 | FieldType::AbsTime | FieldType::RelTime => {
                natural(text).map(Self::Unsigned)
            }
            FieldType::Port => port(text),
            // Falco reads whole numbers only, whatever the field holds.
            FieldType::Double => integer(text).map(|value| Self::Double(nearest(value).to_bits())),
            FieldType::IpAddr => address(text).map(Self::Address),
            FieldType::IpNet => network(text),
        }
    }

    /// For `<` and its kin over a value without a type of its own: a number when it reads as one.
    pub(crate) fn number_or_text(text: &str) -> Self {
        signed(text).map_or_else(|| Self::Bytes(text.as_bytes().into()), Self::Signed)
    }

    /// Bytes written in hexadecimal, for `bcontains` and `bstartswith`.
    pub(crate) fn hex(text: &str) -> Result<Self, CompileFault> {
        let refused = || CompileFault::NotHex { text: text.to_owned() };
        let digits = text.as_bytes();
        if digits.is_empty() || !digits.len().is_multiple_of(2) {
            return Err(refused());
        }
        let digit = |byte: u8| (byte as char).to_digit(16).ok_or_else(refused);
        let bytes =
            digits.chunks_exact(2).map(|pair| Ok((digit(pair[0])? * 16 + digit(pair[1])?) as u8));
        Ok(Self::Bytes(bytes.collect::<Result<Vec<u8>, CompileFault>>()?.into()))
    }
}

fn digits(text: &str) -> Option<(bool, u128)> {
    let text = text.trim_start_matches(|c: char| c.is_ascii_whitespace());
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest.is_empty() || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((negative, rest.parse().unwrap_or(u128::MAX)))
}

fn natural(text: &str) -> Result<u64, CompileFault> {
    let (negative, value) =
        digits(text).ok_or_else(|| CompileFault::NotANumber { text: text.to_owned() })?;
    let Ok(value) = u64::try_from(value) else { return Ok(u64::MAX) };
    Ok(if negative { value.wrapping_neg() } else { value })
}

fn integer(text: &str) -> Result<i128, CompileFault> {
    let value = signed(text).ok_or_else(|| CompileFault::NotANumber { text: text.to_owned() })?;
    Ok(i128::from(value))
}

fn signed(text: &str) -> Option<i64> {
    let (negative, value) = digits(text)?;
    let value = i128::try_from(value).unwrap_or(i128::MAX);
    let value = if negative { -value } else { value };
    Some(value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a constant beyond 2^53 is compared as the nearest double, as in Falco"
)]
fn nearest(value: i128) -> f64 {
    value as f64
}

fn boolean(text: &str) -> Result<Constant, CompileFault> {
    match text {
        "true" => Ok(Constant::Bool(true)),
        "false" => Ok(Constant::Bool(false)),
        _ => Err(CompileFault::NotABool { text: text.to_owned() }),
    }
}

fn port(text: &str) -> Result<Constant, CompileFault> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return natural(text).map(|value| Constant::Unsigned(u64::from(value as u16)));
    }
    let port =
        service::port(text).ok_or_else(|| CompileFault::NotAPort { text: text.to_owned() })?;
    Ok(Constant::Unsigned(u64::from(port)))
}

fn address(text: &str) -> Result<IpAddr, CompileFault> {
    let refused = || CompileFault::NotAnAddress { text: text.to_owned() };
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().map(IpAddr::V6).map_err(|_| refused());
    }
    text.parse::<Ipv4Addr>().map(IpAddr::V4).map_err(|_| refused())
}

/// `base/prefix`; an IPv4 network without a prefix is one address. Falco refuses `::/0`, and so do we: it would match all.
fn network(text: &str) -> Result<Constant, CompileFault> {
    let refused = || CompileFault::NotANetwork { text: text.to_owned() };
    let (base, prefix) = match text.split_once('/') {
        Some((base, prefix)) => (base, Some(prefix.parse::<u8>().map_err(|_| refused())?)),
        None => (text, None),
    };
    let base = address(base).map_err(|_| refused())?;
    let prefix = match (base, prefix) {
        (IpAddr::V4(_), None) => 32,
        (IpAddr::V4(_), Some(prefix @ 0..=32)) | (IpAddr::V6(_), Some(prefix @ 1..=128)) => prefix,
        _ => return Err(refused()),
    };
    Ok(Constant::Network { base, prefix })
}
