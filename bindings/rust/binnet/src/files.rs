//! Networks, laws and patterns from files, as the command reads them: feature `files`, which needs libbinnet-files.
use crate::{sys, text, Context, Error, Law, Network, Noise, Result, Update};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::null_mut;

object!(
    /// How a network is read.
    Import, binnet_import, binnet_import_free
);
object!(
    /// What was read.
    File, binnet_network_file, binnet_network_file_free
);
object!(
    /// Patterns that were read.
    Patterns, binnet_pattern_file, binnet_pattern_file_free
);

/// A network and what its file says beside it.
pub struct NetworkFile {
    pub network: Network,
    pub names: Vec<String>,
    pub populations: Vec<String>,
    pub noise: Option<Noise>,
    pub update: Option<Update>,
}

fn c_text(bytes: &[u8]) -> Result<CString> {
    CString::new(bytes).map_err(|_| Error { code: sys::BINNET_E_RANGE, message: "a text with a character 0".to_string() })
}

fn import_with(ctx: &mut Context, options: &[(&str, &str)]) -> Result<Import> {
    let mut import = Import(null_mut());
    ctx.checked(unsafe { sys::binnet_import_new(ctx.0, &mut import.0) })?;
    for (option, value) in options {
        let (option, value) = (c_text(option.as_bytes())?, c_text(value.as_bytes())?);
        ctx.checked(unsafe { sys::binnet_import_set(ctx.0, import.0, option.as_ptr(), value.as_ptr()) })?;
    }
    Ok(import)
}

/// Reads a law over states, 2^n numbers in .npy or CSV; of the options `from` and `max-file-size` count.
pub fn read_law(ctx: &mut Context, path: impl AsRef<Path>, options: &[(&str, &str)]) -> Result<Law> {
    let path = c_text(path.as_ref().as_os_str().as_bytes())?;
    let import = import_with(ctx, options)?;
    let mut law = Law(null_mut());
    ctx.checked(unsafe { sys::binnet_law_read(ctx.0, &mut law.0, path.as_ptr(), import.0) })?;
    Ok(law)
}

/// Patterns, and the transitions of the sequences and cycles they form: each row the activities, 0 or 1, of all neurons.
pub struct PatternFile {
    pub names: Vec<String>,
    pub states: Vec<Vec<u8>>,
    pub from: Vec<Vec<u8>>,
    pub to: Vec<Vec<u8>>,
}

/// Reads patterns; of the options `max-file-size` counts.
pub fn read_patterns(ctx: &mut Context, path: impl AsRef<Path>, options: &[(&str, &str)]) -> Result<PatternFile> {
    let path = c_text(path.as_ref().as_os_str().as_bytes())?;
    let import = import_with(ctx, options)?;
    let mut file = Patterns(null_mut());
    ctx.checked(unsafe { sys::binnet_pattern_file_read(ctx.0, &mut file.0, path.as_ptr(), import.0) })?;
    let (n, count) = unsafe { (sys::binnet_pattern_file_neurons(file.0), sys::binnet_pattern_file_count(file.0)) };
    let pairs = unsafe { sys::binnet_pattern_file_transitions(file.0) };
    let (mut states, mut from, mut to) = (vec![0u8; count * n], vec![0u8; pairs * n], vec![0u8; pairs * n]);
    ctx.checked(unsafe { sys::binnet_pattern_file_states(ctx.0, states.as_mut_ptr(), count, n, file.0) })?;
    ctx.checked(unsafe {
        sys::binnet_pattern_file_pairs(ctx.0, from.as_mut_ptr(), to.as_mut_ptr(), pairs, n, file.0)
    })?;
    let rows = |all: Vec<u8>| all.chunks(n).map(<[u8]>::to_vec).collect();
    Ok(PatternFile {
        names: (0..count).map(|k| text(unsafe { sys::binnet_pattern_file_name(file.0, k) })).collect(),
        states: rows(states),
        from: rows(from),
        to: rows(to),
    })
}

/// Reads a network; options are those of the command without the two dashes, `("orientation", "pre-rows")`.
pub fn read_network(ctx: &mut Context, path: impl AsRef<Path>, options: &[(&str, &str)]) -> Result<NetworkFile> {
    let path = c_text(path.as_ref().as_os_str().as_bytes())?;
    let import = import_with(ctx, options)?;
    let mut file = File(null_mut());
    ctx.checked(unsafe { sys::binnet_network_file_read(ctx.0, &mut file.0, path.as_ptr(), import.0) })?;
    let mut network = Network(null_mut());
    ctx.checked(unsafe { sys::binnet_network_file_net(ctx.0, &mut network.0, file.0) })?;
    let mut noise = None;
    if unsafe { sys::binnet_network_file_noise_kind(file.0) } != 0 {
        let made = noise.insert(Noise(null_mut()));
        ctx.checked(unsafe { sys::binnet_network_file_noise(ctx.0, &mut made.0, file.0) })?;
    }
    let count = unsafe { sys::binnet_network_file_populations(file.0) };
    Ok(NetworkFile {
        names: (0..network.neurons()).map(|i| text(unsafe { sys::binnet_network_file_name(file.0, i) })).collect(),
        populations: (0..count).map(|a| text(unsafe { sys::binnet_network_file_population_name(file.0, a) })).collect(),
        update: match unsafe { sys::binnet_network_file_update(file.0) } {
            sys::BINNET_UPDATE_SYNCHRONOUS => Some(Update::Synchronous),
            sys::BINNET_UPDATE_ASYNCHRONOUS => Some(Update::Asynchronous),
            sys::BINNET_UPDATE_SWEEP => Some(Update::Sweep),
            _ => None,
        },
        network,
        noise,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Chain;

    #[test]
    fn a_file_is_the_network_it_describes() {
        let mut ctx = Context::new().unwrap();
        let path = std::env::temp_dir().join(format!("binnet-rust-{}.csv", std::process::id()));
        std::fs::write(&path, "pre\\post,E,I\nE,0,-2\nI,2,0\n").unwrap();
        let file = read_network(&mut ctx, &path, &[("weights-scale", "0.5")]).unwrap();
        let refused = read_network(&mut ctx, &path, &[("orientation", "sideways")]).err().unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!((file.names, file.populations.len(), file.update), (vec!["E".to_string(), "I".to_string()], 0, None));
        assert!(file.noise.is_none());
        assert_eq!(refused.code, sys::BINNET_E_RANGE);
        assert_eq!(read_network(&mut ctx, &path, &[]).err().unwrap().code, sys::BINNET_E_FILE);
        let noise = Noise::gaussian(&mut ctx, &[1.0; 2]).unwrap();
        let same = Network::new(&mut ctx, &[0.0, 1.0, -1.0, 0.0], &[0.0; 2], &[0.0; 2]).unwrap();
        let laws = [&file.network, &same].map(|net| {
            let law = Chain::new(&mut ctx, net, &noise, Update::Asynchronous).unwrap().stationary(&mut ctx).unwrap();
            law.p().to_vec()
        });
        assert_eq!(laws[0], laws[1]);
    }

    #[test]
    fn laws_and_patterns() {
        let mut ctx = Context::new().unwrap();
        let path = std::env::temp_dir().join(format!("binnet-rust-law-{}.csv", std::process::id()));
        std::fs::write(&path, "0.1\n0.2\n0.3\n0.4\n").unwrap();
        let law = read_law(&mut ctx, &path, &[]).unwrap();
        assert_eq!(law.p(), [0.1, 0.2, 0.3, 0.4]);
        std::fs::write(&path, "0.1\n0.2\n0.3\n").unwrap();
        assert_eq!(read_law(&mut ctx, &path, &[]).err().unwrap().code, sys::BINNET_E_FORMAT);
        std::fs::write(&path, "a: 1 1 0\nb: 0 0 1\na -> b\n").unwrap();
        let found = read_patterns(&mut ctx, &path, &[]).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(found.names, ["a", "b"]);
        assert_eq!(found.states, [[1, 1, 0], [0, 0, 1]]);
        assert_eq!((found.from, found.to), (vec![vec![1, 1, 0]], vec![vec![0, 0, 1]]));
        assert_eq!(read_patterns(&mut ctx, &path, &[]).err().unwrap().code, sys::BINNET_E_FILE);
    }

    #[test]
    fn noise_and_update_are_those_of_the_file() {
        let mut ctx = Context::new().unwrap();
        let path = std::env::temp_dir().join(format!("binnet-rust-{}.json", std::process::id()));
        let json = r#"{"format": "binnet-network 1", "neurons": [{"name": "a", "threshold": 0.5}], "edges": [],
            "noise": {"kind": "logistic", "scale": 0.5}, "update": "sweep"}"#;
        std::fs::write(&path, json).unwrap();
        let file = read_network(&mut ctx, &path, &[]);
        std::fs::remove_file(&path).unwrap();
        let file = file.unwrap();
        let chain = Chain::new(&mut ctx, &file.network, &file.noise.unwrap(), file.update.unwrap()).unwrap();
        let p = chain.stationary(&mut ctx).unwrap().p()[1];
        assert!(file.update == Some(Update::Sweep) && (p - 1.0 / (1.0 + 1f64.exp())).abs() < 1e-15);
    }
}
