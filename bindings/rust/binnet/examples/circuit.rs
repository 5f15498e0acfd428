// One circuit through the core of the library: the same numbers as examples/circuit.c.
use binnet::{order_cdf, permanent, Chain, Context, Network, Noise, Update};

fn main() -> binnet::Result<()> {
    let mut ctx = Context::new()?;
    let weights = [0.0, -1.0, 0.0, -2.0, 0.0, -1.0, -2.0, -1.0, 0.0]; // weights[i * 3 + j]: from j to i
    let net = Network::new(&mut ctx, &weights, &[0.0; 3], &[1.2; 3])?;
    let noise = Noise::gaussian(&mut ctx, &[0.5; 3])?;
    let law = Chain::new(&mut ctx, &net, &noise, Update::Asynchronous)?.stationary(&mut ctx)?;
    for (s, p) in law.p().iter().enumerate() {
        println!("law {s} {p:.16e}");
    }
    for (i, mean) in law.mean(&mut ctx)?.iter().enumerate() {
        println!("mean {i} {mean:.16e}");
    }
    for (k, covariance) in law.covariance(&mut ctx)?.iter().enumerate() {
        println!("covariance {} {} {covariance:.16e}", k / 3, k % 3);
    }

    let attractors = net.attractors(&mut ctx)?;
    for k in 0..attractors.count() {
        let states: Vec<String> = attractors.states(k).iter().map(u64::to_string).collect();
        println!("attractor basin {} states {}", attractors.basin(k), states.join(" "));
    }

    let diagram = net.with_populations(&mut ctx, 2, &[0, 1, 1])?.diagram(&mut ctx)?;
    for k in 0..diagram.fixed_points() {
        let (state, place) = diagram.fixed_point(k)?;
        println!("fixed point {state} from {} {} to {} {}", place.lo[0], place.lo[1], place.hi[0], place.hi[1]);
    }
    let found = diagram.query(&mut ctx, &[1.2, 2.5])?;
    println!("at 1.2 2.5 fixed points {} cycles {}", found.fixed_points.len(), found.cycles.len());
    for region in diagram.regions(&mut ctx, &[-1.0, -1.0], &[4.0, 4.0])? {
        println!("region fixed points {} area {}", region.fixed_points, region.area);
    }

    let hilbert: Vec<f64> = (0..16).map(|k| 1.0 / (k / 4 + k % 4 + 1) as f64).collect();
    let (value, bound) = permanent(&mut ctx, 4, &hilbert)?;
    println!("permanent {value:.16e} error at most {bound:.16e}");
    println!("order 2 {:.16e}", order_cdf(&mut ctx, &[0.1, 0.2, 0.3, 0.4], 2)?);
    if let Err(error) = Noise::gaussian(&mut ctx, &[0.5, -1.0, 0.5]) {
        println!("refused {}: {}", error.code, error.message);
    }
    Ok(())
}
