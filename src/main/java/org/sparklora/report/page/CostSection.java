package org.sparklora.report.page;

import java.util.List;
import org.sparklora.report.history.Attempt;
import org.sparklora.report.history.Utilisation;
import org.sparklora.report.html.Facts;
import org.sparklora.report.html.Figures;
import org.sparklora.report.html.Html;
import org.sparklora.train.step.TimeSplit;
import org.sparklora.util.Times;

/** The measured cost of the run, over all attempts. */
final class CostSection implements Section {
  private static final double HOUR = 3600;

  @Override
  public String title() {
    return "Cost";
  }

  @Override
  public void write(Html html, PageModel model) {
    List<Attempt> attempts = model.history().attempts();
    double workerSeconds = attempts.stream().mapToDouble(Attempt::workerSeconds).sum();
    long images = attempts.stream().mapToLong(Attempt::images).sum();
    long steps = attempts.stream().mapToLong(Attempt::steps).sum();
    double wall = attempts.stream().mapToLong(a -> a.heardAt() - a.startedAt()).sum() / 1000.0;
    html.open("dl", "class", "facts");
    Facts.fact(html, "Driver alive", Times.span(wall));
    Facts.fact(html, "Workers in training", Figures.of(workerSeconds) + " worker-seconds");
    if (model.facts().gpus()) {
      Facts.fact(html, "GPU-hours in training", Figures.of(workerSeconds / HOUR));
    } else {
      double core = workerSeconds * model.facts().threadsPerWorker() / HOUR;
      Facts.fact(html, "Core-hours in training", Figures.of(core));
    }
    Facts.fact(html, "Pictures through the network", Figures.of(images));
    if (workerSeconds > 0) {
      Facts.fact(html, "Pictures a worker-second", Figures.of(images / workerSeconds));
    }
    TimeSplit split = attempts.stream().map(Attempt::split).reduce(TimeSplit.NONE, TimeSplit::plus);
    if (split.seconds() > 0) {
      Facts.fact(html, "Workers computed", Utilisation.text(split, split.seconds()));
    }
    long again = steps - model.history().step();
    if (again > 0) {
      Facts.fact(html, "Computed twice after a stop", Figures.steps(again));
    }
    html.close();
    html.element(
        "p",
        "Wall time of each step times its workers. This includes their waiting. It does not include"
            + " the encoding of pictures and validation.",
        "class",
        "aside");
  }
}
