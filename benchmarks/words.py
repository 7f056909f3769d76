"""What the page of benchmarks says beside its tables."""

HEAD = """\
# Benchmarks

This page is written by `make bench`, from the results in `benchmarks/results/`. To make it again:

```
SYNTHKIT_DATA=/path/to/data make bench      # all of it
.venv/bin/python -m benchmarks.run sets     # one part; --help names them
.venv/bin/python -m benchmarks.run --render # the page alone
```

`credit_data` is bundled; other sets are looked for as `synthkit datasets` says. What is missing is named and left out.

How to read it:

- **Judged against rows that no model saw**, except Shape and Trend, which are against train, over all rows, as papers
  print them (sdmetrics' scores with its thresholds off). Detection is the cross-validated AUC of LightGBM at telling
  synthetic rows from unseen real ones, with its 95 % interval: 0.5 is "cannot tell". Utility is the AUC (for numbers,
  R2) on unseen rows of LightGBM trained on the synthetic rows. "Closer to train", where 50 % is no copying, and the
  membership attack, where 0.5 is guessing, are simple tests: they can show a leak, and cannot rule one out.
- **The first row is the yardstick**: the real train rows judged like a synthetic table (for Shape and Trend, the unseen
  rows against train). The second, train drawn with replacement, is a perfect model of train that copies everybody: what
  sampling noise leaves of Shape and Trend, and what a full leak looks like. Only its repeated rows give it away to the
  detector.
- Where several seeds ran, a figure is their median, and an interval that of the seed with the median detection.
- Seconds are by the clock, on a machine shared with other work; imports and reading the file are not counted. Compare
  them within a run only. Processor seconds, which other work stretches less, are in the JSON.
"""

PEERS = """\
The synthetic tables are those released with the TabularARGN paper (arXiv 2501.12012); we did not train these models, so
there are no seconds for them. Read this with care:

- The paper's train and test files share a quarter of their rows, so everything is judged against the rows of Adult that
  are in neither file.
- It is not certain that the released tables were trained on exactly this train file: they have 24,421 rows, it has
  24,403. If they were not, Shape and Trend against it are a little too high for them, and their detection, against rows
  that neither side saw, stands.
- Privacy is not judged here: who was in the training rows is not certain, and between files that share rows even a
  model that cannot copy anybody looks as if it did. See the UCI split above for ours.
- Numbers are as released. TabSyn and TabMT write fractions where the real rows have whole numbers, which alone gives
  many rows away (TabMT has no whole `fnlwgt` at all); rounding them is left to who uses them.
- One released table is one draw. Where there are two, both are shown.
"""

SETS = """\
`synthkit generate` with nothing but the target: the ladder stops at the first model that meets the default criteria.
PASS needs every criterion's whole interval on the right side; INCONCLUSIVE means that the holdout is too small to be
sure, FAIL that some criterion is broken for sure. A fifth of the rows is held out; for Adult it is the UCI test file.
"""

WINDOWS = """\
The protocol of TimeGAN (Yoon and others 2019): windows of 24 rows cut at every row, each column scaled to 0..1 over all
rows, a small GRU told real from synthetic; |accuracy - 0.5|, lower is better. Our port of the judge to PyTorch, three
seeds of the generator, three of the judge each. `sequences` is below Diffusion-TS on Stocks and ETTh1 and above it on
Energy; hybrid is above it on all three. Read it with care:

- **Copies win**: the row copy-train returns training windows, and is at the noise of the judge. That is why the last
  columns stand there: the median distance of a synthetic window to its nearest training window, and the same for real
  windows of blocks held out. A generator that is nearer than those has copied.
- Papers' rows are theirs, with their judge and seeds (Diffusion-TS, ICLR 2024, table 1); figures of different papers
  are not quite comparable.
- VAR and hybrid simulate one path as long as the data and cut it: levels that wander go where the data never were, and
  the judge sees nothing else. They are made for any length and for a calendar, not for this protocol. `sequences`
  takes windows as entities.
- `density` has an arm and was not run here: its gate, below, stays shut on Stocks and ETTh1, where it is the VAR.
- The rows of `hybrid` are from before its tails were calibrated on the whole long run of the network.
- The rows of Stocks and ETTh1 other than `sequences` were measured in an earlier run on the same day and machine.
"""

AUGMENT = """\
One LightGBM for all series, trained on the 60 months of each and on augmented rows; it foretells the 18 months that
nothing saw. MASE is in mean absolute seasonal changes of the 60 months; p values are of the Diebold-Mariano test over
series. Bagged ETS is the classical champion (Bergmeir, Hyndman and Benitez 2016). "Our futures" are rows whose lags are
the real last months and whose targets are paths of ETS and SARIMAX after the end (`--mode continue`): what classical
models know of each series becomes lessons for the booster. "Our twins" are `--mode twin` of ETS; `--mode augment` was
not tried. The first two rows train no booster.

- Settings and recipes were written before the first run and not changed after it; there was no choice on a validation
  block. A pilot of 60 of these series ran once with the same settings.
- Bagged ETS and twins have 5 copies a series, futures 20 paths; extra rows together weigh as much as the real ones.
  Other numbers of copies were not tried. Twins against Bagged ETS is the like-for-like row.
- Series are taken as independent; shocks they share would make p too small. That the booster with futures is better
  than the paths it learned from was not tested.
"""

PANELS = """\
Three tenths of the entities are held back; models make as many new ones as they saw. Levels and changes is the distance
of their distributions; detection the AUC of LightGBM at telling synthetic stretches from unseen real ones (0.5 is
"cannot tell"; a dash where there are too few of them); transitions how far the moves between states are off; utility
the MASE of LightGBM trained on the synthetic series; membership the AUC of a distance attack on entities. The floor is
what the real train entities score. One seed. Both PARs have their default of {epochs} epochs; `par` is PAR's network
behind our protocol, taught the right rows (deepecho 0.8.1 holds those of short sequences against the wrong ones).
"""

RARE = """\
A quarter of each table is held back and seen by nothing; LightGBM (100 rounds, its defaults) learns from what each arm
makes of the rest, three splits. Ranks are over the sets, 1 is best; the last columns count the sets on which an arm is
worse or better than doing nothing, the 95 % interval of the gap (held-back rows resampled) being on one side of 0.
`synthkit augment` chooses rows and model by cross-validation inside the training rows, in about {budget:.0f} s a split.
Its rule (two shares, copies first, precision not to be paid with) was settled on ten other tables, subsets of Adult,
Magic, Shoppers, Default, telco_churn, credit_data, titanic and breast_cancer, before this run.
"""

ANOMALY = """\
A model of what is normal learns from half of a table's normal rows ({most:,} at most); the other half and all
anomalies, the rarest class, are then ranked by how odd it finds them. No arm sees an anomaly before. Our models run
with their defaults and {budget:.0f} s of training at most, on a machine that had other things to do. The isolation
forest and the local outlier factor are scikit-learn's, with its defaults, on numbers standardised and categories
one-hot. Medians over {seeds} splits: ROC AUC / average precision, the best of a set in bold. Ranks are over the sets,
1 is best; seconds are those of learning and ranking.

Classical first holds here too: `trees`, in about a second, has the best mean rank by AUC, and the isolation forest
costs less than that. Read two things with care. What `flow` calls odd (which values are steps, and on what scale a
number counts) was settled with one split of these sets in view, yeast6 above all, where its first form was worse than
a guess; nothing of the other arms was chosen so. And where a set has a few dozen anomalies, gaps of a few hundredths
are chance.
"""

WARM = """\
`tvae` on {few} rows from scratch, and begun with a model of {related} other rows of the same table (`--init-from`), as
another branch or clinic with the same form would have them; "related" is that first model, which never saw the {few}
rows. Medians over five draws; all are judged against the rest of the rows.
"""

GUIDE = """\
# Which model when

Made from the results of the [benchmarks](benchmarks.md#public-sets-every-model) on {sets} public tables of 6,165 to
50,883 train rows. [Missing cells](benchmarks.md#filling-missing-cells) and [odd rows](benchmarks.md#odd-rows) were
measured apart. `synthkit generate` needs none of this: it climbs from the simplest model and stops where the criteria
are met. For a guess before anything is run, ask `synthkit advise`. The networks had five minutes at most; [what one and
twenty buy](benchmarks.md#what-more-minutes-buy) was measured on Adult.

Detection AUC is the median over the tables of how well boosting tells a model's rows from unseen real ones (0.5: not
at all). Utility lost is how much worse boosting is on unseen rows when it learned from the model's, in AUC or R2, on
average. Membership, excess is what an attack gains over a model that cannot copy. Seconds are medians, memory the
most on any table.
"""

IMPUTATION = """\
A share of {share:.0%} of the cells of every column but the target is taken out of real rows: at random (MCAR), or more
often where the target is large (MAR). Draws of the cells: {seeds}; on one core. Of ours the best guess is
`synthkit impute --expected`, the draw is `synthkit impute`; the networks stop by themselves. IterativeImputer is
scikit-learn's, with categories as codes by frequency, and its posterior as the draw; the forests are 50 trees a column
in three rounds, as MissForest has them, and the guess of one tree as the draw. The first in each line is bold.
"""

BUDGETS = """\
Each network on {title}, with one, five and twenty minutes of training at most: detection AUC / utility AUC on unseen
rows, and the seconds of the fit. Each fit in a process of its own, one seed, on a core that was shared for part of the
time. A training that ended by itself (all passes done, or no gain on held-out rows any more) is the same with more
minutes.
"""

GAN_VAE = """\
Each fit in a process of its own, one after the other, on one core; ours stop by themselves, with `--budget 5m` as the
limit; those of sdv have their defaults (300 epochs). Peak memory is of the whole process. The first two rows are the
yardsticks.
"""

SMALL = """\
{sets} tables of {least:,} to {most:,} rows, {count} folds each ({rounds} rounds of {round}), as `synthkit generate` has
them below 1,000 rows ([how](small.md)): means over the folds, with intervals by Nadeau and Bengio (2003). Our classical
models run in all folds; sdv's models (with their defaults) and the networks in the first {round}, the networks on
{on} alone. A fit is stopped after {limit:.0f} s; ours have half of that as their
budget. Utility is AUC, of `insurance` R2. Seconds are of the processor, to fit and to sample in one fold (the median).
Names, tickets and cabins of titanic are left out for every arm.
"""

SMALL_CHOICE = """\
**One holdout, or all folds.** Each fold taken as the only holdout, and the ladder's rule applied to it (the first of
our classical models that passes, else the best by rank): on the {sets} tables {other} of {singles} single holdouts
choose another model than all folds together.
"""

WIDE = """\
A made-up table of {train:,} payments at {merchants:,} merchants (five columns). Each fit in a process of its own, for
at most {budget_seconds:.0f} s; peak memory is of the whole process, torch and all. Invented are merchants that the
table did not have. Told is the AUC of the booster that watches the training, on rows the network did not learn from
(0.5 is "cannot tell").
"""

ESCALATION = """\
`synthkit generate {name} --target pm2.5 --budget 6m`: {rows:,} train rows, {unseen:,} unseen. The rungs below
break a criterion, so the networks are tried with what is left of the budget.

Chosen: `{chosen}`, verdict {verdict}: {because}. What the decision record says of the networks:
"""

DIAL = """\
`--privacy K` (in Python `privacy=K`): no category is given out that fewer than K rows hold, no leaf of a tree draws
from fewer than K rows, and a number moves by up to K / 2 ranks. Without it the usual holds: 5 rows, leaves of a few, 3
ranks. The split, the judge and the control are those of the public sets above; means over {seeds} seeds.
"""
SIZE = """\
Tables of prices, counts and categories moved by five common factors, made for this; as many rows are sampled as were
learned from. Each fit has a process of its own, whose peak memory is shown (reading the table is part of it). The
energy is run up to two million cells.
"""
TABULAR = """\
The public sets that papers on tables use. A seeded half of the rows is learned from, and the other half, which no
model saw, judges (on the peers' split of Adult: their train file, and the rows in neither of their files). Means over
{seeds} seeds; sdv, which takes no seed, ran once, with its defaults, and so did our networks but `autoregressive`
(budget: 300 s of training). Excess is over `marginals`, which knows no relation between columns and so cannot copy
anybody: same split, same judge; ± is half of the 95 % interval. Global utility is the share of what real rows teach
about every column. alpha-precision and beta-recall are those of Alaa and others (2022). "Papers'" figures are Shape
and Trend against the train file of the papers' own split. Their Trend cuts each table's numbers into ten steps
between its own extremes; our models give out no extreme that few share, so on Magic the steps lie elsewhere, and two
of 55 pairs (Asym and M3Trans with the class) make up 1.2 of the 1.8 points of the trees. Seconds by the clock, on one
core, on a busy machine; peak memory is of the whole process.
"""

WATCHING = """\
`synthkit monitor` on new rows that are like the old ones, on rows that were changed by a known amount, and on rows that
came later. Runs of `trees` were made from {learned} rows, of {splits} random splits each; new rows are drawn from the
rest of the table, so that draws of one split overlap. The plan is the usual one, but that more rows alone are no reason
to retrain. "Rows learned from" were given with `--learned`; with "record and made rows" each column is compared
with the shares that the record keeps of the real rows, and all together with the synthetic rows, beyond what detection
was at release. "Drift seen" is drift beyond chance: 5 % over all columns, and the classifier's 2.5 %. The verdict asks
for more: a whole interval beyond a limit of the plan.
"""

ADVICE = """\
`synthkit advise` names a model before anything is fitted; here is what the ladder then chose, on at most {rows:,}
rows and {cells:,} cells of each table ({rows_of_series:,} rows of a series), with a budget of {budget:g} s. The
weights of the rules were set with the sets in view that are not marked as unseen; those were run when the weights
stood. "Always the usual one" is what somebody gets who looks at nothing. Too low and too high count rungs: too low
costs one more step of the ladder, too high a heavier model than needed. Of series the backtest decides, and CRPS
tells how far off the named model was there.

Read it soberly. **On tables the advice is right as often as "always trees"**, and the ladder with another seed (other
rows drawn, another holdout) agrees with itself on {itself} of {again} tables: between `trees` and `energy`, where
neither is clearly good enough, chance decides. **On series it is a guess**, and the backtest is what counts. What
holds is the short list: it nearly always has the model in it that is chosen.
"""
