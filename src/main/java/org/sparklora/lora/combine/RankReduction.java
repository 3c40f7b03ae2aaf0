package org.sparklora.lora.combine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.util.InvalidInputException;

/**
 * An adapter in which each update is replaced by the nearest one of a given rank, from the singular
 * values of B A. The {@code out x in} matrices are never made.
 *
 * @param adapter with the new updates: the roots of the singular values are in A and B, and alpha
 *     equals the rank. A module whose update has a lower rank keeps that rank
 * @param modules what each module kept, in the adapter's order
 */
public record RankReduction(Adapter adapter, List<Kept> modules) {

  /**
   * The part of a module that was kept.
   *
   * @param rank its rank now
   * @param energy the squared Frobenius norm of its update before
   * @param retained the squared norm of its update now
   */
  public record Kept(String name, int rank, double energy, double retained) {
    /** The part of the squared norm that was kept; 1 if the norm was zero. */
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
   * @param rank the highest rank that a module may have
   * @param onModule gets the number of modules that are done; several threads call it
   * @throws InvalidInputException (CONFIGURATION) when it has a DoRA, whose change of a weight has
   *     full rank, so that the nearest update of a lower rank is not the nearest DoRA
   */
  public static RankReduction of(Adapter adapter, int rank, IntConsumer onModule) {
    refuseDora(adapter);
    refuseRelative(adapter);
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

  private static void refuseRelative(Adapter adapter) {
    adapter.relative().stream()
        .findFirst()
        .ifPresent(
            module -> {
              throw InvalidInputException.configuration(
                  "Unsupported --rank: module "
                      + module.name()
                      + " is of "
                      + module.update().kind()
                      + ", whose change depends on the base model; convert it with --base=MODEL"
                      + " --rank=R first, or leave --rank out");
            });
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
