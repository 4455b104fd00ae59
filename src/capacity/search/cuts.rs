//! What the runs of each size said → where the limit may be. May not decide what is tried next.

/// What the runs of one size said.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Runs {
    pub(super) held: u32,
    pub(super) failed: u32,
    pub(super) clear: bool,
}

impl Runs {
    pub(super) fn all(self) -> u32 {
        self.held + self.failed
    }

    /// Whether a further run is not needed to go on: it was clear, or nothing can change the majority of `repeats`.
    pub(super) fn settled(self, repeats: u32) -> bool {
        let one_voice = self.held == 0 || self.failed == 0;
        (self.clear && one_voice) || self.held.max(self.failed) > repeats / 2 || self.all() >= repeats
    }
}

/// The places where the limit may be, as numbers of tried sizes below it.
pub(super) struct Cuts {
    /// The first and the last of those that the fewest runs contradict.
    pub(super) best: (usize, usize),
    /// The first and the last of those that at most one run more contradicts.
    pub(super) near: (usize, usize),
}

/// The sizes on both sides of where the limit most likely is.
pub(super) fn ends(sizes: &[(u32, Runs)], cuts: &Cuts) -> (Option<u32>, Option<u32>) {
    let holds = cuts.best.0.checked_sub(1).and_then(|place| sizes.get(place)).map(|(size, _)| *size);
    (holds, sizes.get(cuts.best.1).map(|(size, _)| *size))
}

/// Where the limit may be, given what the runs of each size said, smallest size first.
pub(super) fn cuts(sizes: &[(u32, Runs)], repeats: u32) -> Cuts {
    let held: u32 = sizes.iter().map(|(_, runs)| runs.held).sum();
    // Below the smallest size, every run that held contradicts; each size that the limit passes trades those for its failures.
    let mut costs = vec![held];
    for (_, runs) in sizes {
        let before = costs.last().copied().unwrap_or(0);
        costs.push(before - runs.held + runs.failed);
    }
    let least = costs.iter().copied().min().unwrap_or(0);
    let within = |most: u32| {
        let first = costs.iter().position(|cost| *cost <= most).unwrap_or(0);
        (first, costs.iter().rposition(|cost| *cost <= most).unwrap_or(first))
    };
    // Who asks for one run of each end takes it at its word.
    let doubt = u32::from(repeats > 1);
    Cuts { best: within(least), near: within(least + doubt) }
}
