package org.sparklora.train.optimizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * AdamW whose moments are kept in 8 bits (Dettmers et al. 2021, arXiv 2110.02861), as {@code
 * bitsandbytes.optim.AdamW8bit}: each update reads a block, updates it in fp32 and writes it back.
 * Tensors below {@value #SMALLEST} values stay in fp32.
 *
 * <p>The nearest code is taken, as in the paper and the CUDA kernels. The CPU kernel of
 * bitsandbytes 0.50 misses it for small values.
 */
final class AdamW8bit implements UpdateRule {
  /** bitsandbytes' {@code min_8bit_size}. */
  static final int SMALLEST = 4096;

  private static final String FIRST_CODES = "state1";
  private static final String SECOND_CODES = "state2";
  private static final String FIRST_LARGEST = "absmax1";
  private static final String SECOND_LARGEST = "absmax2";

  /** Moments of a large tensor. */
  private record Moments(ParameterTensor tensor, QuantisedVector first, QuantisedVector second) {}

  /** Moments of a small tensor. They begin at {@code at} in the vectors of all small tensors. */
  private record SmallTensor(ParameterTensor tensor, int at) {}

  private final UpdateRuleConfig.AdamW config;
  private final List<Moments> large = new ArrayList<>();
  private final List<SmallTensor> small = new ArrayList<>();
  private final float[] smallFirst;
  private final float[] smallSecond;

  AdamW8bit(
      UpdateRuleConfig.AdamW8bit config,
      List<ParameterTensor> tensors,
      Optional<UpdateRuleState> saved) {
    this.config =
        new UpdateRuleConfig.AdamW(
            config.beta1(), config.beta2(), config.weightDecay(), config.epsilon());
    int smallLength = 0;
    for (ParameterTensor tensor : tensors) {
      int n = tensor.size();
      if (n < SMALLEST) {
        small.add(new SmallTensor(tensor, smallLength));
        smallLength += n;
      } else {
        large.add(
            new Moments(
                tensor,
                QuantisedVector.zeros(DynamicCode.SIGNED, n),
                QuantisedVector.zeros(DynamicCode.UNSIGNED, n)));
      }
    }
    int length = smallLength;
    smallFirst = saved.map(s -> s.floats(AdamW.FIRST_MOMENT, length)).orElse(new float[length]);
    smallSecond = saved.map(s -> s.floats(AdamW.SECOND_MOMENT, length)).orElse(new float[length]);
    saved.ifPresent(this::restore);
  }

  @Override
  public Update update(float[] parameters, float[] gradient, double learningRate, long number) {
    AdamWStep step = AdamWStep.of(config, learningRate, number);
    float[] updated = new float[parameters.length];
    large.parallelStream().forEach(m -> update(m, step, parameters, gradient, updated));
    small.parallelStream().forEach(s -> update(s, step, parameters, gradient, updated));
    return new Update(updated, learningRate);
  }

  private static void update(
      Moments moments, AdamWStep step, float[] parameters, float[] gradient, float[] updated) {
    float[] m = new float[QuantisedVector.BLOCK];
    float[] v = new float[QuantisedVector.BLOCK];
    float[] p = new float[QuantisedVector.BLOCK];
    float[] g = new float[QuantisedVector.BLOCK];
    ParameterTensor tensor = moments.tensor();
    for (int block = 0; block < QuantisedVector.blocks(tensor.size()); block++) {
      int from = tensor.offset() + block * QuantisedVector.BLOCK;
      int length = Math.min(QuantisedVector.BLOCK, tensor.end() - from);
      System.arraycopy(parameters, from, p, 0, length);
      System.arraycopy(gradient, from, g, 0, length);
      moments.first().read(block, m);
      moments.second().read(block, v);
      step.apply(p, g, p, 0, length, m, v);
      System.arraycopy(p, 0, updated, from, length);
      moments.first().write(block, m);
      moments.second().write(block, v);
    }
  }

  private void update(
      SmallTensor moments, AdamWStep step, float[] parameters, float[] gradient, float[] updated) {
    ParameterTensor tensor = moments.tensor();
    step.apply(
        parameters,
        gradient,
        updated,
        tensor.offset(),
        tensor.end(),
        smallFirst,
        smallSecond,
        moments.at());
  }

  @Override
  public UpdateRuleState state() {
    SortedMap<String, float[]> floats = new TreeMap<>();
    floats.put(AdamW.FIRST_MOMENT, smallFirst.clone());
    floats.put(AdamW.SECOND_MOMENT, smallSecond.clone());
    floats.put(FIRST_LARGEST, joinFloats(large.stream().map(m -> m.first().largest())));
    floats.put(SECOND_LARGEST, joinFloats(large.stream().map(m -> m.second().largest())));
    SortedMap<String, byte[]> codes = new TreeMap<>();
    codes.put(FIRST_CODES, joinBytes(large.stream().map(m -> m.first().codes())));
    codes.put(SECOND_CODES, joinBytes(large.stream().map(m -> m.second().codes())));
    return new UpdateRuleState(floats, codes, new TreeMap<>());
  }

  private void restore(UpdateRuleState saved) {
    int values = large.stream().mapToInt(m -> m.tensor().size()).sum();
    int blocks = large.stream().mapToInt(m -> m.first().largest().length).sum();
    byte[] firstCodes = saved.codes(FIRST_CODES, values);
    byte[] secondCodes = saved.codes(SECOND_CODES, values);
    float[] firstLargest = saved.floats(FIRST_LARGEST, blocks);
    float[] secondLargest = saved.floats(SECOND_LARGEST, blocks);
    int value = 0;
    int block = 0;
    for (Moments moments : large) {
      int n = moments.tensor().size();
      int nBlocks = QuantisedVector.blocks(n);
      System.arraycopy(firstCodes, value, moments.first().codes(), 0, n);
      System.arraycopy(secondCodes, value, moments.second().codes(), 0, n);
      System.arraycopy(firstLargest, block, moments.first().largest(), 0, nBlocks);
      System.arraycopy(secondLargest, block, moments.second().largest(), 0, nBlocks);
      value += n;
      block += nBlocks;
    }
  }

  private static float[] joinFloats(Stream<float[]> parts) {
    List<float[]> list = parts.toList();
    float[] all = new float[list.stream().mapToInt(p -> p.length).sum()];
    int at = 0;
    for (float[] part : list) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  private static byte[] joinBytes(Stream<byte[]> parts) {
    List<byte[]> list = parts.toList();
    byte[] all = new byte[list.stream().mapToInt(p -> p.length).sum()];
    int at = 0;
    for (byte[] part : list) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }
}
