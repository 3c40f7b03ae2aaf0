package org.sparklora.lora;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.sparklora.util.InvalidInputException;

/**
 * An adapter with each update replaced by the nearest one of a rank, from the singular values of B
 * A; the {@code out x in} matrices are never made.
 *
 * @param adapter the new one: singular values shared between A and B, alpha equal to the rank. A
 *     module whose update has a lower rank keeps that
 * @param modules what each module kept, in the adapter's order
 */
public record RankReduction(Adapter adapter, List<Kept> modules) {

  /**
   * What is left of a module.
   *
   * @param rank its rank now
   * @param energy the squared Frobenius norm of its update before
   * @param retained the squared norm of its update now
   */
  public record Kept(String name, int rank, double energy, double retained) {
    /** The part of the squared norm that was kept; 1 where there was none. */
    public double fraction() {
      return energy == 0 ? 1 : retained / energy;
    }
  }

  public RankReduction {
    modules = List.copyOf(modules);
  }

  /**
   * Reduces an adapter, its modules in parallel.
   *
   * @param adapter with finite values
   * @param rank the highest that a module may have
   * @param onModule is told how many modules are done; by several threads
   * @throws InvalidInputException (CONFIGURATION) when it has a DoRA: what that does to a weight is
   *     of full rank, so the nearest update of a lower rank is not the nearest DoRA
   */
  public static RankReduction of(Adapter adapter, int rank, IntConsumer onModule) {
    refuseDora(adapter);
    AtomicInteger done = new AtomicInteger();
    List<LowRankUpdate.Truncated> truncated =
        adapter.modules().parallelStream()
            .map(
                module -> {
                  LowRankUpdate.Truncated result = LowRankUpdate.of(module).truncate(rank);
                  onModule.accept(done.incrementAndGet());
                  return result;
                })
            .toList();
    List<Kept> kept = new ArrayList<>();
    truncated.forEach(
        update ->
            kept.add(
                new Kept(
                    update.module().name(),
                    update.module().rank(),
                    update.energy(),
                    update.retained())));
    return new RankReduction(
        new Adapter(
            truncated.stream().map(LowRankUpdate.Truncated::module).toList(),
            adapter.tokens(),
            adapter.metadata()),
        kept);
  }

  private static void refuseDora(Adapter adapter) {
    adapter.modules().stream()
        .filter(AdaptedModule::isDora)
        .findFirst()
        .ifPresent(
            module -> {
              throw InvalidInputException.configuration(
                  "Unsupported --rank: module "
                      + module.name()
                      + " is a DoRA, whose change of the weight is of full rank; leave --rank out");
            });
  }

  /** The part of the squared norm of all updates together that was kept. */
  public double fraction() {
    double energy = modules.stream().mapToDouble(Kept::energy).sum();
    double retained = modules.stream().mapToDouble(Kept::retained).sum();
    return energy == 0 ? 1 : retained / energy;
  }
}
