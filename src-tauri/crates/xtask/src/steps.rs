//! Named steps, their times, and their results.

use std::time::{Duration, Instant};

use crate::run::{Outcome, Problem};

/// A list of steps that grows as they run.
pub(crate) struct Steps {
    started: Instant,
    /// How many steps there will be, if that is known.
    all: Option<usize>,
    done: Vec<(&'static str, Duration, Option<String>)>,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), all: None, done: Vec::new() }
    }

    /// Steps that are announced before they run, each with how long it usually takes the first time.
    pub(crate) fn announced(steps: &[(&str, &str)]) -> Self {
        println!("==> {} steps; how long they usually take the first time, on two processors:", steps.len());
        for (number, (name, usual)) in (1..).zip(steps) {
            println!("    {number}  {name}: {usual}");
        }
        Self { all: Some(steps.len()), ..Self::new() }
    }

    /// Runs a step and remembers its result. A failure does not stop the steps after it. Returns whether it succeeded,
    /// for steps that others depend on.
    pub(crate) fn step(&mut self, name: &'static str, work: impl FnOnce() -> Outcome) -> bool {
        match self.all {
            Some(all) => println!("\n==> {} of {all}: {name}", self.done.len() + 1),
            None => println!("\n==> {name}"),
        }
        let start = Instant::now();
        let problem = work().err().map(|problem| problem.to_string());
        let took = start.elapsed();
        match &problem {
            None => println!("    {name}: done in {}", spoken(took)),
            Some(text) => println!("    {name}: FAILED after {}: {text}", spoken(took)),
        }
        let went_well = problem.is_none();
        self.done.push((name, took, problem));
        went_well
    }

    /// Prints every step's time; an error if any of them failed.
    pub(crate) fn finish(self) -> Outcome {
        println!("\n==> summary");
        for (name, took, problem) in &self.done {
            let mark = if problem.is_none() { "ok    " } else { "FAILED" };
            println!("    {mark} {:>9}  {name}", spoken(*took));
        }
        println!("           {:>9}  in all", spoken(self.started.elapsed()));
        let failed: Vec<_> = self.done.iter().filter(|step| step.2.is_some()).map(|step| step.0).collect();
        if failed.is_empty() { Ok(()) } else { Err(Problem::Check(format!("failed: {}", failed.join(", ")))) }
    }
}

/// A time as a person reads it.
pub(crate) fn spoken(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{} m {:02} s", time.as_secs() / 60, time.as_secs() % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failed_step_fails_the_whole_but_the_rest_still_runs() {
        let mut steps = Steps::new();
        assert!(!steps.step("first", || Err(Problem::Check("no".into()))));
        assert!(steps.step("second", || Ok(())));
        let problem = steps.finish().err().map(|problem| problem.to_string());
        assert_eq!(problem.as_deref(), Some("failed: first"));
    }

    #[test]
    fn times_read_naturally() {
        assert_eq!(spoken(Duration::from_millis(1234)), "1.2 s");
        assert_eq!(spoken(Duration::from_secs(125)), "2 m 05 s");
    }
}
