package org.sparklora.cli.command;

import java.io.PrintWriter;
import java.util.Comparator;
import java.util.Locale;
import org.sparklora.cli.option.WorkProgress;
import org.sparklora.cli.target.AdapterText;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.combine.RankReduction;

/** Lowers the rank of an adapter and says what is lost. */
record Decomposition(PrintWriter out, boolean showModules) {
  /** The nearest adapter of this rank. */
  Adapter of(Adapter adapter, int rank) {
    WorkProgress progress = new WorkProgress(out, "decomposed modules", adapter.modules().size());
    RankReduction reduction = RankReduction.of(adapter, rank, progress::done);
    if (showModules) {
      reduction.modules().forEach(this::print);
    }
    out.printf(
        Locale.ROOT,
        "rank %s: keeps %.4f%% of the squared norm of all updates%n",
        AdapterText.ranks(reduction.adapter().modules()),
        100 * reduction.fraction());
    reduction.modules().stream()
        .min(Comparator.comparingDouble(RankReduction.Kept::fraction))
        .ifPresent(
            least ->
                out.printf(
                    Locale.ROOT,
                    "the least of a module: %.4f%%, %s%n",
                    100 * least.fraction(),
                    least.name()));
    return reduction.adapter();
  }

  private void print(RankReduction.Kept module) {
    out.printf(
        Locale.ROOT,
        "%9.4f%%  rank %3d  norm %10.4g  %s%n",
        100 * module.fraction(),
        module.rank(),
        Math.sqrt(module.energy()),
        module.name());
  }
}
