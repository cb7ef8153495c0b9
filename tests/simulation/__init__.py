"""The seeded simulation: people edit contacts on both sides while gsync runs, fails and is killed; then all must fit.

`python -m tests.simulation --seeds 1000` runs it; `--seed S --trace` shows one seed step by step. A seed is repeatable.

- `values` invents what people write: every value carries whose it is and when it was written.
- `plain` reads both sides, by its own rules, not by the mapping of the program.
- `rig` is the world of one seed: a sandbox with its habits, a profile, runs that fail and die.
- `humans` is what people do by hand; `oracle` knows what they did and judges what gsync made of it.
- `simulation` plays one seed; `seeds` holds those that once found something.

`activities` plays calendars and activities instead, with `activity_people`, `activity_oracle` and `activity_plain`;
`driver` is what both plays have in common, `planted` the defects that both must notice.
"""
