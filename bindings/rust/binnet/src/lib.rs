//! The exact mathematics of small networks of binary neurons: safe ways to the core of libbinnet. All of it, by its C names, is in
//! [`binnet_sys`].
//!
//! Weights are row after row, `weights[i * n + j]` from neuron j to neuron i. A state is a `u64` whose bit i is neuron i. Objects do
//! not change once made and may be shared by threads; a [`Context`] serves one thread at a time.
//!
//! ```
//! use binnet::{Chain, Context, Network, Noise, Update};
//! let mut ctx = Context::new()?;
//! let net = Network::new(&mut ctx, &[0.0, 2.0, -2.0, 0.0], &[0.5, -1.0], &[0.0, 0.0])?;
//! let noise = Noise::gaussian(&mut ctx, &[1.0, 1.0])?;
//! let law = Chain::new(&mut ctx, &net, &noise, Update::Asynchronous)?.stationary(&mut ctx)?;
//! assert!((law.mean(&mut ctx)?[0] - 0.5847).abs() < 1e-4);
//! # Ok::<(), binnet::Error>(())
//! ```
use binnet_sys as sys;
use std::ffi::CStr;
use std::fmt;
use std::ptr::{null, null_mut};

/// A call failed: the library's code (`binnet_sys::BINNET_E_*`) and its line about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub code: i32,
    pub message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (libbinnet code {})", self.message, self.code)
    }
}

impl std::error::Error for Error {}

pub type Result<T> = std::result::Result<T, Error>;

/// What is wrong before the library is asked: lengths that do not agree.
fn wrong_length(message: &str) -> Error {
    Error { code: sys::BINNET_E_SIZE, message: message.to_string() }
}

fn text(pointer: *const std::os::raw::c_char) -> String {
    // the library's strings end with a 0 byte and are never NULL
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

/// Version of the library that is running.
pub fn version() -> String {
    text(unsafe { sys::binnet_version() })
}

/// Parameters, limits, and what the last failure was.
pub struct Context(*mut sys::binnet_ctx);
unsafe impl Send for Context {}

impl Drop for Context {
    fn drop(&mut self) {
        unsafe { sys::binnet_ctx_free(self.0) }
    }
}

impl Context {
    pub fn new() -> Result<Self> {
        let mut ctx = null_mut();
        match unsafe { sys::binnet_ctx_new(&mut ctx) } {
            sys::BINNET_OK => Ok(Context(ctx)),
            code => Err(Error { code, message: text(unsafe { sys::binnet_strerror(code) }) }),
        }
    }

    fn checked(&self, code: i32) -> Result<()> {
        if code == sys::BINNET_OK {
            return Ok(());
        }
        let said = text(unsafe { sys::binnet_ctx_message(self.0) });
        let message = if said.is_empty() { text(unsafe { sys::binnet_strerror(code) }) } else { said };
        Err(Error { code, message })
    }

    /// A whole-number parameter, `binnet_sys::BINNET_P_*`: threads, memory limit, ...
    pub fn set(&mut self, key: i32, value: i64) -> Result<()> {
        self.checked(unsafe { sys::binnet_ctx_set_i64(self.0, key, value) })
    }

    /// A real parameter: tolerances.
    pub fn set_real(&mut self, key: i32, value: f64) -> Result<()> {
        self.checked(unsafe { sys::binnet_ctx_set_f64(self.0, key, value) })
    }
}

macro_rules! object {
    ($(#[$about:meta])* $name:ident, $c:ident, $free:ident) => {
        $(#[$about])*
        pub struct $name(*mut sys::$c);
        // immutable once made: the library promises that many threads may read it
        unsafe impl Send for $name {}
        unsafe impl Sync for $name {}
        impl Drop for $name {
            fn drop(&mut self) {
                unsafe { sys::$free(self.0) }
            }
        }
    };
}

#[cfg(feature = "files")]
mod files;
#[cfg(feature = "files")]
pub use files::{read_law, read_network, read_patterns, NetworkFile, PatternFile};

object!(
    /// A network.
    Network, binnet_net, binnet_net_free
);
object!(
    /// Noise of each neuron.
    Noise, binnet_noise, binnet_noise_free
);
object!(
    /// Network, noise and update rule: a Markov chain.
    Chain, binnet_chain, binnet_chain_free
);
object!(
    /// A probability of each state.
    Law, binnet_law, binnet_law_free
);
object!(
    /// Fixed points and cycles at given stimuli, with their basins.
    Attractors, binnet_attractors, binnet_attractors_free
);
object!(
    /// All fixed points and cycles over all stimuli.
    Diagram, binnet_diagram, binnet_diagram_free
);
object!(
    /// A diagram over one or two stimuli, in regions.
    Regions, binnet_regions, binnet_regions_free
);

/// What happens at a drive of exactly 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    Active,
    Silent,
    Keep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    Synchronous,
    Asynchronous,
    Sweep,
}

impl Network {
    /// Weights n x n, one threshold and one stimulus for each of n neurons.
    pub fn new(ctx: &mut Context, weights: &[f64], threshold: &[f64], stimulus: &[f64]) -> Result<Self> {
        let n = threshold.len();
        if stimulus.len() != n || n.checked_mul(n) != Some(weights.len()) {
            return Err(wrong_length("weights must be n x n, thresholds and stimuli n"));
        }
        let mut net = null_mut();
        ctx.checked(unsafe {
            sys::binnet_net_new(ctx.0, &mut net, n, weights.as_ptr(), null(), threshold.as_ptr(), stimulus.as_ptr())
        })?;
        Ok(Network(net))
    }

    /// Sparse: row i has the weights of neuron i's inputs, `weights[row[i]..row[i + 1]]`, from `column[..]`.
    pub fn sparse(
        ctx: &mut Context, row: &[i64], column: &[i32], weights: &[f64], threshold: &[f64], stimulus: &[f64],
    ) -> Result<Self> {
        let n = threshold.len();
        if row.len() != n + 1 || stimulus.len() != n || column.len() != weights.len() || row[n] != weights.len() as i64 {
            return Err(wrong_length("row must have n + 1 entries, the last one the number of weights and columns"));
        }
        let mut net = null_mut();
        ctx.checked(unsafe {
            sys::binnet_net_new_csr(
                ctx.0, &mut net, n, row.as_ptr(), column.as_ptr(), weights.as_ptr(), null(), threshold.as_ptr(), stimulus.as_ptr(),
            )
        })?;
        Ok(Network(net))
    }

    pub fn neurons(&self) -> usize {
        unsafe { sys::binnet_net_neurons(self.0) }
    }

    pub fn with_tie(&self, ctx: &mut Context, tie: Tie) -> Result<Self> {
        let rule = match tie {
            Tie::Active => sys::BINNET_TIE_ACTIVE,
            Tie::Silent => sys::BINNET_TIE_SILENT,
            Tie::Keep => sys::BINNET_TIE_KEEP,
        };
        let mut net = null_mut();
        ctx.checked(unsafe { sys::binnet_net_with_tie(ctx.0, &mut net, self.0, rule) })?;
        Ok(Network(net))
    }

    /// Populations `0..count`: neurons that hear one stimulus in a diagram.
    pub fn with_populations(&self, ctx: &mut Context, count: usize, population: &[i32]) -> Result<Self> {
        if population.len() != self.neurons() {
            return Err(wrong_length("one population for each neuron is needed"));
        }
        let mut net = null_mut();
        ctx.checked(unsafe { sys::binnet_net_with_populations(ctx.0, &mut net, self.0, count, population.as_ptr()) })?;
        Ok(Network(net))
    }

    pub fn with_stimuli(&self, ctx: &mut Context, stimulus: &[f64]) -> Result<Self> {
        if stimulus.len() != self.neurons() {
            return Err(wrong_length("one stimulus for each neuron is needed"));
        }
        let mut net = null_mut();
        ctx.checked(unsafe { sys::binnet_net_with_stimuli(ctx.0, &mut net, self.0, stimulus.as_ptr()) })?;
        Ok(Network(net))
    }

    pub fn attractors(&self, ctx: &mut Context) -> Result<Attractors> {
        let mut attractors = null_mut();
        ctx.checked(unsafe { sys::binnet_attractors_new(ctx.0, &mut attractors, self.0) })?;
        Ok(Attractors(attractors))
    }

    /// Over the stimuli of the populations.
    pub fn diagram(&self, ctx: &mut Context) -> Result<Diagram> {
        let mut diagram = null_mut();
        ctx.checked(unsafe { sys::binnet_diagram_new(ctx.0, &mut diagram, self.0) })?;
        Ok(Diagram(diagram))
    }
}

type NewNoise = unsafe extern "C" fn(*mut sys::binnet_ctx, *mut *mut sys::binnet_noise, usize, *const f64) -> i32;

impl Noise {
    fn of_scale(ctx: &mut Context, make: NewNoise, scale: &[f64]) -> Result<Self> {
        let mut noise = null_mut();
        ctx.checked(unsafe { make(ctx.0, &mut noise, scale.len(), scale.as_ptr()) })?;
        Ok(Noise(noise))
    }

    /// Standard deviations.
    pub fn gaussian(ctx: &mut Context, sd: &[f64]) -> Result<Self> {
        Self::of_scale(ctx, sys::binnet_noise_new_gaussian, sd)
    }

    /// Temperatures.
    pub fn logistic(ctx: &mut Context, temperature: &[f64]) -> Result<Self> {
        Self::of_scale(ctx, sys::binnet_noise_new_logistic, temperature)
    }

    /// Half widths.
    pub fn uniform(ctx: &mut Context, half_width: &[f64]) -> Result<Self> {
        Self::of_scale(ctx, sys::binnet_noise_new_uniform, half_width)
    }

    /// Mean absolute values.
    pub fn laplace(ctx: &mut Context, scale: &[f64]) -> Result<Self> {
        Self::of_scale(ctx, sys::binnet_noise_new_laplace, scale)
    }

    /// Correlated Gaussian noise by its covariance, n x n.
    pub fn covariance(ctx: &mut Context, n: usize, covariance: &[f64]) -> Result<Self> {
        if n.checked_mul(n) != Some(covariance.len()) {
            return Err(wrong_length("the covariance must be n x n"));
        }
        let mut noise = null_mut();
        ctx.checked(unsafe { sys::binnet_noise_new_gaussian_cov(ctx.0, &mut noise, n, covariance.as_ptr()) })?;
        Ok(Noise(noise))
    }
}

impl Chain {
    pub fn new(ctx: &mut Context, net: &Network, noise: &Noise, update: Update) -> Result<Self> {
        let rule = match update {
            Update::Synchronous => sys::BINNET_UPDATE_SYNCHRONOUS,
            Update::Asynchronous => sys::BINNET_UPDATE_ASYNCHRONOUS,
            Update::Sweep => sys::BINNET_UPDATE_SWEEP,
        };
        let mut chain = null_mut();
        ctx.checked(unsafe { sys::binnet_chain_new(ctx.0, &mut chain, net.0, noise.0, rule) })?;
        Ok(Chain(chain))
    }

    pub fn states(&self) -> u64 {
        unsafe { sys::binnet_chain_states(self.0) }
    }

    /// The law that does not change.
    pub fn stationary(&self, ctx: &mut Context) -> Result<Law> {
        let mut law = null_mut();
        ctx.checked(unsafe { sys::binnet_chain_stationary(ctx.0, &mut law, self.0) })?;
        Ok(Law(law))
    }

    /// The law so many steps after another.
    pub fn evolve(&self, ctx: &mut Context, start: &Law, steps: u64) -> Result<Law> {
        let mut law = null_mut();
        ctx.checked(unsafe { sys::binnet_chain_evolve(ctx.0, &mut law, self.0, start.0, steps) })?;
        Ok(Law(law))
    }

    /// One step, y = x P.
    pub fn step(&self, ctx: &mut Context, x: &[f64]) -> Result<Vec<f64>> {
        if x.len() as u64 != self.states() {
            return Err(wrong_length("one probability for each state is needed"));
        }
        let mut y = vec![0.0; x.len()];
        ctx.checked(unsafe { sys::binnet_chain_apply(ctx.0, y.as_mut_ptr(), y.len(), self.0, x.as_ptr()) })?;
        Ok(y)
    }
}

impl Law {
    pub fn new(ctx: &mut Context, n: usize, p: &[f64]) -> Result<Self> {
        let mut law = null_mut();
        ctx.checked(unsafe { sys::binnet_law_new(ctx.0, &mut law, n, p.as_ptr(), p.len()) })?;
        Ok(Law(law))
    }

    pub fn neurons(&self) -> usize {
        unsafe { sys::binnet_law_neurons(self.0) }
    }

    /// Probability of each state: the library's memory, not a copy.
    pub fn p(&self) -> &[f64] {
        unsafe { std::slice::from_raw_parts(sys::binnet_law_data(self.0), sys::binnet_law_size(self.0) as usize) }
    }

    pub fn mean(&self, ctx: &mut Context) -> Result<Vec<f64>> {
        let mut mean = vec![0.0; self.neurons()];
        ctx.checked(unsafe { sys::binnet_law_mean(ctx.0, mean.as_mut_ptr(), mean.len(), self.0) })?;
        Ok(mean)
    }

    /// n x n, row after row.
    pub fn covariance(&self, ctx: &mut Context) -> Result<Vec<f64>> {
        let n = self.neurons();
        let mut covariance = vec![0.0; n * n];
        ctx.checked(unsafe { sys::binnet_law_covariance(ctx.0, covariance.as_mut_ptr(), n, self.0) })?;
        Ok(covariance)
    }

    pub fn entropy(&self, ctx: &mut Context) -> Result<f64> {
        let mut nats = 0.0;
        ctx.checked(unsafe { sys::binnet_law_entropy(ctx.0, &mut nats, self.0) })?;
        Ok(nats)
    }

    /// ||pi P - pi||_1 from the solver.
    pub fn residual(&self) -> f64 {
        unsafe { sys::binnet_law_residual(self.0) }
    }

    /// Estimate of the relative error of a probability.
    pub fn balance_error(&self) -> f64 {
        unsafe { sys::binnet_law_balance_error(self.0) }
    }
}

impl Attractors {
    pub fn count(&self) -> u64 {
        unsafe { sys::binnet_attractors_count(self.0) }
    }

    /// The states that attractor k goes through; empty when there is no such attractor.
    pub fn states(&self, k: u64) -> Vec<u64> {
        let period = unsafe { sys::binnet_attractors_period(self.0, k) };
        (0..period).map(|step| unsafe { sys::binnet_attractors_state(self.0, k, step) }).collect()
    }

    pub fn basin(&self, k: u64) -> u64 {
        unsafe { sys::binnet_attractors_basin(self.0, k) }
    }
}

/// The stimuli for which something exists: `lo[a]..hi[a]` on each axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub lo: Vec<f64>,
    pub hi: Vec<f64>,
}

/// Numbers of the fixed points and cycles that exist at a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub fixed_points: Vec<u64>,
    pub cycles: Vec<u64>,
}

/// A region of a diagram.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    pub label: u64,
    pub fixed_points: f64,
    pub area: f64,
}

impl Diagram {
    pub fn axes(&self) -> usize {
        unsafe { sys::binnet_diagram_axes(self.0) }
    }

    pub fn fixed_points(&self) -> u64 {
        unsafe { sys::binnet_diagram_fixed_count(self.0) }
    }

    pub fn cycles(&self) -> u64 {
        unsafe { sys::binnet_diagram_cycle_count(self.0) }
    }

    /// The message of a code from a function that takes no context.
    fn checked(code: i32) -> Result<()> {
        match code {
            sys::BINNET_OK => Ok(()),
            _ => Err(Error { code, message: text(unsafe { sys::binnet_strerror(code) }) }),
        }
    }

    /// State of fixed point k, and where it exists.
    pub fn fixed_point(&self, k: u64) -> Result<(u64, Place)> {
        let (mut state, mut place) = (0, Place { lo: vec![0.0; self.axes()], hi: vec![0.0; self.axes()] });
        Self::checked(unsafe {
            sys::binnet_diagram_fixed(self.0, k, &mut state, place.lo.as_mut_ptr(), place.hi.as_mut_ptr())
        })?;
        Ok((state, place))
    }

    /// Period of cycle k, and where it exists.
    pub fn cycle(&self, k: u64) -> Result<(u64, Place)> {
        let (mut period, mut place) = (0, Place { lo: vec![0.0; self.axes()], hi: vec![0.0; self.axes()] });
        Self::checked(unsafe {
            sys::binnet_diagram_cycle(self.0, k, &mut period, place.lo.as_mut_ptr(), place.hi.as_mut_ptr())
        })?;
        Ok((period, place))
    }

    /// What exists at a point.
    pub fn query(&self, ctx: &mut Context, point: &[f64]) -> Result<Found> {
        if point.len() != self.axes() {
            return Err(wrong_length("one stimulus for each axis is needed"));
        }
        let room = (self.fixed_points() + self.cycles()) as usize;
        let (mut fixed, mut cycles) = (vec![0; room], vec![0; room]);
        let (mut n_fixed, mut n_cycles) = (0, 0);
        ctx.checked(unsafe {
            sys::binnet_diagram_query(
                ctx.0, self.0, point.as_ptr(), &mut n_fixed, fixed.as_mut_ptr(), &mut n_cycles, cycles.as_mut_ptr(), room,
            )
        })?;
        fixed.truncate(n_fixed as usize);
        cycles.truncate(n_cycles as usize);
        Ok(Found { fixed_points: fixed, cycles })
    }

    /// The window lo..hi of a diagram over one or two stimuli, in regions of equal behaviour.
    pub fn regions(&self, ctx: &mut Context, lo: &[f64], hi: &[f64]) -> Result<Vec<Region>> {
        let axes = self.axes();
        if axes > 2 || lo.len() != axes || hi.len() != axes {
            return Err(wrong_length("regions are of one or two stimuli, with both ends of the window for each"));
        }
        let mut pointer = null_mut();
        ctx.checked(unsafe {
            sys::binnet_regions_new(
                ctx.0, &mut pointer, self.0, axes, [0, 1].as_ptr(), null(), lo.as_ptr(), hi.as_ptr(), sys::BINNET_REGIONS_BY_LABEL,
            )
        })?;
        let regions = Regions(pointer);
        let count = unsafe { sys::binnet_regions_count(regions.0) };
        (0..count)
            .map(|k| {
                let mut region = Region { label: 0, fixed_points: 0.0, area: 0.0 };
                Self::checked(unsafe {
                    sys::binnet_regions_label(
                        regions.0, k, &mut region.label, &mut region.fixed_points, null_mut(), null_mut(), null_mut(), &mut region.area,
                    )
                })?;
                Ok(region)
            })
            .collect()
    }
}

/// Permanent of an n x n matrix, and a bound on its error.
pub fn permanent(ctx: &mut Context, n: usize, a: &[f64]) -> Result<(f64, f64)> {
    if n.checked_mul(n) != Some(a.len()) {
        return Err(wrong_length("the matrix must be n x n"));
    }
    let (mut value, mut bound) = (0.0, 0.0);
    ctx.checked(unsafe { sys::binnet_permanent(ctx.0, &mut value, &mut bound, n, a.as_ptr()) })?;
    Ok((value, bound))
}

/// Pr(X_(r) <= x) of independent variables, `cdf[i]` = Pr(X_i <= x).
pub fn order_cdf(ctx: &mut Context, cdf: &[f64], r: usize) -> Result<f64> {
    let mut out = 0.0;
    ctx.checked(unsafe { sys::binnet_order_cdf(ctx.0, &mut out, cdf.len(), cdf.as_ptr(), null(), r) })?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_have_the_code_and_the_message() {
        let mut ctx = Context::new().unwrap();
        let error = Noise::gaussian(&mut ctx, &[1.0, -1.0]).err().unwrap();
        assert_eq!((error.code, error.message.contains("scale[1]")), (sys::BINNET_E_RANGE, true));
        assert_eq!(Network::new(&mut ctx, &[0.0; 3], &[0.0; 2], &[0.0; 2]).err().unwrap().code, sys::BINNET_E_SIZE);
        ctx.set(sys::BINNET_P_MEMORY_LIMIT, 1 << 20).unwrap();
        let net = Network::new(&mut ctx, &[0.0; 400], &[0.0; 20], &[0.0; 20]).unwrap();
        assert_eq!(net.attractors(&mut ctx).err().unwrap().code, sys::BINNET_E_LIMIT);
    }

    #[test]
    fn objects_cross_threads_and_outlive_what_they_are_made_of() {
        let mut ctx = Context::new().unwrap();
        let law = {
            let net = Network::new(&mut ctx, &[0.0, 1.0, -1.0, 0.0], &[0.0; 2], &[0.3, 0.4]).unwrap();
            let noise = Noise::logistic(&mut ctx, &[1.0; 2]).unwrap();
            Chain::new(&mut ctx, &net, &noise, Update::Synchronous).unwrap().stationary(&mut ctx).unwrap()
        };
        drop(ctx);
        let sums: Vec<f64> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..2).map(|_| scope.spawn(|| law.p().iter().sum::<f64>())).collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).collect()
        });
        assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-15));
    }

    #[test]
    fn sparse_is_dense() {
        let mut ctx = Context::new().unwrap();
        let dense = Network::new(&mut ctx, &[0.0, 2.0, -2.0, 0.0], &[0.5, -1.0], &[0.0; 2]).unwrap();
        let sparse = Network::sparse(&mut ctx, &[0, 1, 2], &[1, 0], &[2.0, -2.0], &[0.5, -1.0], &[0.0; 2]).unwrap();
        let noise = Noise::gaussian(&mut ctx, &[1.0; 2]).unwrap();
        let laws = [&dense, &sparse].map(|net| {
            let chain = Chain::new(&mut ctx, net, &noise, Update::Asynchronous).unwrap();
            let law = chain.stationary(&mut ctx).unwrap();
            assert!(chain.step(&mut ctx, law.p()).unwrap().iter().zip(law.p()).all(|(a, b)| (a - b).abs() < 1e-15));
            law.p().to_vec()
        });
        assert_eq!(laws[0], laws[1]);
    }
}
