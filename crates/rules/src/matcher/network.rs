//! Addresses and networks: a set of both.

use std::collections::HashSet;
use std::net::IpAddr;

use crate::compile::Constant;

/// Networks, kept by the length of their prefix: one look-up a length.
#[derive(Debug)]
pub(crate) struct Networks {
    v4: Vec<(u32, HashSet<u32>)>,
    v6: Vec<(u128, HashSet<u128>)>,
}

impl Networks {
    pub(super) fn new<'c>(constants: impl IntoIterator<Item = &'c Constant>) -> Self {
        let mut networks = Self { v4: Vec::new(), v6: Vec::new() };
        for constant in constants {
            match *constant {
                Constant::Address(base @ IpAddr::V4(_)) => networks.insert(base, 32),
                Constant::Address(base @ IpAddr::V6(_)) => networks.insert(base, 128),
                Constant::Network { base, prefix } => networks.insert(base, prefix),
                _ => {}
            }
        }
        networks
    }

    fn insert(&mut self, base: IpAddr, prefix: u8) {
        match base {
            IpAddr::V4(base) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
                put(&mut self.v4, mask, u32::from(base) & mask);
            }
            IpAddr::V6(base) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
                put(&mut self.v6, mask, u128::from(base) & mask);
            }
        }
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => {
                self.v4.iter().any(|(mask, bases)| bases.contains(&(u32::from(address) & mask)))
            }
            IpAddr::V6(address) => {
                self.v6.iter().any(|(mask, bases)| bases.contains(&(u128::from(address) & mask)))
            }
        }
    }
}

fn put<B: Copy + Eq + std::hash::Hash>(networks: &mut Vec<(B, HashSet<B>)>, mask: B, base: B) {
    match networks.iter_mut().find(|(known, _)| *known == mask) {
        Some((_, bases)) => {
            bases.insert(base);
        }
        None => networks.push((mask, HashSet::from([base]))),
    }
}
