package org.sparklora.tensor;

import java.io.Serializable;
import org.sparklora.flag.Flag;
import org.sparklora.flag.InRecipe;

/**
 * What a GPU's libraries may do for speed. A CPU's arithmetic does not depend on it.
 *
 * @param deterministic kernels that give the same bits in every run, as {@code
 *     torch.use_deterministic_algorithms} asks for them
 * @param allowTf32 products and convolutions of fp32 are computed with factors of 10 bits, as
 *     {@code torch.backends.cuda.matmul.allow_tf32} and {@code torch.backends.cudnn.allow_tf32} ask
 *     for
 */
public record GpuArithmetic(
    @Flag(
            names = "--deterministic",
            help =
                "On GPUs, use only kernels that give the same bits in every run (default:"
                    + " ${DEFAULT-VALUE}). false may be faster. CPUs give the same bits anyway.")
        @InRecipe
        boolean deterministic,
    @Flag(
            names = "--allow_tf32",
            help =
                "On GPUs, round the factors of fp32 products to 10 bits, which is faster (default:"
                    + " ${DEFAULT-VALUE}). CPUs do not.")
        @InRecipe
        boolean allowTf32)
    implements Serializable {
  /** The same bits in every run, and whole fp32 products. */
  public static final GpuArithmetic EXACT = new GpuArithmetic(true, false);
}
