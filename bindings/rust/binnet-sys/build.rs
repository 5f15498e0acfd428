// Finds libbinnet by pkg-config and writes the declarations from its description, binnet-api.json, which is installed with it
// (or is where BINNET_API_JSON says). Needs python3; nothing is downloaded.
use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("{program} could not be run: {error}"));
    assert!(output.status.success(), "{program} {arguments:?} failed");
    String::from_utf8(output.stdout).unwrap().trim().to_string()
}

fn main() {
    for name in ["BINNET_API_JSON", "PKG_CONFIG_PATH"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    let description = env::var("BINNET_API_JSON")
        .unwrap_or_else(|_| said("pkg-config", &["--variable=pkgdatadir", "binnet"]) + "/binnet-api.json");
    println!("cargo:rerun-if-changed={description}");
    println!("cargo:rerun-if-changed=../generate_sys.py");
    let output = Path::new(&env::var("OUT_DIR").unwrap()).join("declarations.rs");
    let mut arguments = vec!["../generate_sys.py", &description, output.to_str().unwrap()];
    let mut library = "binnet";
    if env::var("CARGO_FEATURE_FILES").is_ok() {
        arguments.push("files");
        library = "binnet-files";
    }
    said("python3", &arguments);
    for word in said("pkg-config", &["--libs", library]).split_whitespace() {
        if let Some(folder) = word.strip_prefix("-L") {
            println!("cargo:rustc-link-search=native={folder}");
        } else if let Some(library) = word.strip_prefix("-l") {
            println!("cargo:rustc-link-lib={library}");
        }
    }
}
