//! The door over loopback: what strangers and Zalo are told, and what the server bears.

mod attack;
mod bodies;
mod connections;
mod files;
mod house;
mod ops;
mod rows;
mod secrets;
mod shapes;
mod tls;
