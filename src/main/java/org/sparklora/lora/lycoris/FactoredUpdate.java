package org.sparklora.lora.lycoris;

import java.lang.ref.SoftReference;
import org.sparklora.util.InvalidInputException;

/**
 * An update that is made of factors, with their values and without its scale. The LoRA that changes
 * the weight in the same way may be as large as the weight, so it is made only where it is asked
 * for.
 */
public final class FactoredUpdate {
  private record Lora(float[] down, float[] up) {}

  private final LycorisFactors factors;
  private final float[] values;
  private SoftReference<Lora> lora = new SoftReference<>(null);

  /**
   * @param values of all factors, in the order of {@link LycorisFactors#placed}
   */
  public FactoredUpdate(LycorisFactors factors, float[] values) {
    this.factors = factors;
    this.values = values;
  }

  public LycorisFactors factors() {
    return factors;
  }

  /** The values of all factors, in the order of {@link LycorisFactors#placed}. */
  public float[] values() {
    return values;
  }

  /** The rank r of the LoRA. */
  public int rank() {
    return factors.exactRank();
  }

  /** The number of values of its A, {@code r x in}. */
  public long downSize() {
    return rank() * factors.columns();
  }

  /** The number of values of its B, {@code out x r}. */
  public long upSize() {
    return rank() * factors.rows();
  }

  /** Its A, row-major. */
  public float[] down() {
    return lora().down();
  }

  /** Its B, row-major. */
  public float[] up() {
    return lora().up();
  }

  /** Finite factors may have products that fp32 cannot hold. */
  private static float[] finite(float[] product) {
    for (float value : product) {
      if (!Float.isFinite(value)) {
        throw InvalidInputException.data(
            "Invalid adapter: the factors of a LoHa or LoKr have a product beyond fp32; its"
                + " training diverged");
      }
    }
    return product;
  }

  private synchronized Lora lora() {
    Lora made = lora.get();
    if (made == null) {
      ExactFactors exact = factors.exact(values, 0);
      made = new Lora(finite(exact.down().floats()), finite(exact.up().floats()));
      lora = new SoftReference<>(made);
    }
    return made;
  }
}
