package org.sparklora.tensor;

import ai.djl.Device;
import java.util.List;
import java.util.function.Consumer;

/** The op library as processors of all kinds would run it, whatever this machine has. */
public final class OpsByProcessor implements AutoCloseable {
  private final List<Ops> kinds =
      List.of(
          Ops.open(Device.cpu(), 1, new Processor(true, true)),
          Ops.open(Device.cpu(), 1, new Processor(true, false)));

  /** Runs a check with each, on one thread. */
  public void each(Consumer<Ops> check) {
    kinds.forEach(check);
  }

  @Override
  public void close() {
    kinds.forEach(Ops::close);
  }
}
