package org.sparklora.train.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Iterator;
import java.util.Optional;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Parcel;

/**
 * A {@link NoisyBatch} on the device, in fp32. It goes there in one copy, before anything is
 * computed of it.
 *
 * @param noisy {@code [batch, C, h, w]}
 * @param timesteps {@code [batch]}
 * @param target {@code [batch, C, h, w]}
 * @param weights {@code [batch]}
 * @param mask {@code [batch, 1, h, w]}
 * @param timeIds {@code [batch, 6]}
 */
public record DeviceBatch(
    NDArray noisy,
    NDArray timesteps,
    NDArray target,
    NDArray weights,
    Optional<Huber> huber,
    Optional<NDArray> mask,
    Optional<NDArray> timeIds) {
  /** A {@link PseudoHuber}; both are {@code [batch, 1, 1, 1]}. */
  record Huber(NDArray c, NDArray factor) {}

  /**
   * Copies a batch to the device.
   *
   * @param scope owner of the arrays
   */
  public static DeviceBatch of(Ops ops, NDManager scope, NoisyBatch batch) {
    long size = batch.size();
    long[] shape = batch.shape();
    float[] timesteps = new float[batch.size()];
    for (int i = 0; i < timesteps.length; i++) {
      timesteps[i] = batch.timesteps()[i];
    }
    Parcel parcel =
        new Parcel()
            .add(batch.noisy(), shape)
            .add(timesteps, size)
            .add(batch.target(), shape)
            .add(batch.weights(), size);
    batch
        .huber()
        .ifPresent(
            huber -> parcel.add(huber.c(), size, 1, 1, 1).add(huber.factor(), size, 1, 1, 1));
    batch.mask().ifPresent(mask -> parcel.add(mask, size, 1, shape[2], shape[3]));
    batch.timeIds().ifPresent(ids -> parcel.add(ids, size, ids.length / size));
    Iterator<NDArray> sent = parcel.send(ops, scope).iterator();
    return new DeviceBatch(
        sent.next(),
        sent.next(),
        sent.next(),
        sent.next(),
        batch.huber().map(huber -> new Huber(sent.next(), sent.next())),
        batch.mask().map(mask -> sent.next()),
        batch.timeIds().map(ids -> sent.next()));
  }
}
