package org.sparklora.spark.reduce;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.sparklora.spark.tree.BrokenTreeException;
import org.sparklora.spark.tree.Junction;
import org.sparklora.spark.tree.Round;
import org.sparklora.spark.tree.Span;
import org.sparklora.spark.tree.TreePort;
import org.sparklora.train.step.AdapterState;

/**
 * A worker whose sums go over a tree. The driver tells it its place, and when all have come. If the
 * tree breaks, the worker still has its sums and sends them over the next one.
 */
final class TreeWorker {
  private final ReductionAddress address;
  private final ReductionClient driver;
  private final TreePort port;
  private final WorkerSteps steps;
  private Optional<Span> span = Optional.empty();
  private Optional<AdapterState> state = Optional.empty();
  private Optional<WorkerSteps.Sums> sums = Optional.empty();

  TreeWorker(ReductionAddress address, ReductionClient driver, TreePort port, WorkerSteps steps) {
    this.address = address;
    this.driver = driver;
    this.port = port;
    this.steps = steps;
  }

  /** Works until the driver ends it, and returns the driver's last message. */
  DriverMessage work() {
    DriverMessage answer = driver.join();
    while (answer instanceof DriverMessage.Route route) {
      answer = work(route);
    }
    return answer;
  }

  private DriverMessage work(DriverMessage.Route route) {
    if (!span.equals(Optional.of(route.span()))) {
      span = Optional.of(route.span());
      steps.computer().willCompute(route.span().begin(), route.span().end());
    }
    if (state.filter(known -> known.step() == route.step()).isEmpty()) {
      if (!(driver.fetch() instanceof DriverMessage.Compute compute)) {
        // It is over, or another attempt has taken this one's place: the driver says it again.
        return driver.join();
      }
      state = Optional.of(compute.state());
    }
    Junction junction = port.enter(new Round(address.segment(), route.round()), route.tree());
    junction.ifUnreachable(executor -> driver.unreachable(route.round(), executor));
    return exchange(route, junction);
  }

  /** Computes and exchanges step after step, until the driver says something else. */
  private DriverMessage exchange(DriverMessage.Route route, Junction junction) {
    while (state.isPresent()) {
      WorkerSteps.Sums own = sumsOf(state.get(), route.span());
      CompletableFuture<AdapterState> next =
          junction.add(own.step(), route.span().begin(), own.sums());
      DriverMessage answer = driver.ready(route.round(), own.step(), own.cost());
      if (!(answer instanceof DriverMessage.Next)) {
        return answer;
      }
      state = await(next);
    }
    return driver.join();
  }

  /** The sums of a step, which may have been computed for an earlier tree. */
  private WorkerSteps.Sums sumsOf(AdapterState now, Span own) {
    if (sums.filter(known -> known.step() == now.step()).isEmpty()) {
      sums = Optional.empty();
      sums = Optional.of(steps.compute(now, own));
    }
    return sums.get();
  }

  /** The next adapter; empty if it got lost on the way. */
  private Optional<AdapterState> await(CompletableFuture<AdapterState> next) {
    try {
      return Optional.of(next.get(address.patience(), TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof BrokenTreeException) {
        return Optional.empty();
      }
      throw new IllegalStateException("Cannot exchange gradients", e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "Cannot exchange gradients: no adapter in " + address.patience() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Worker interrupted", e);
    }
  }
}
