//! Everything public of libbinnet by its C name, made from the description that is installed with the library. Safe ways to the
//! core are in crate `binnet`.
#![allow(non_camel_case_types, non_snake_case)]

include!(concat!(env!("OUT_DIR"), "/declarations.rs"));
