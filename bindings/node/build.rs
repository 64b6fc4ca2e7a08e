//! Tells the linker that Node has the symbols of its API.

fn main() {
    napi_build::setup();
}
