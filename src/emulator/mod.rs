//! An Azure Resource Manager on loopback, written from the service's specifications and recorded
//! traffic, on JSON documents.
//!
//! It shares no code and no type with the client: it is the other side of the wire.

pub mod access;
#[cfg(test)]
mod demo_estate_tests;
pub mod estate;
pub mod generate;
pub mod kql;
