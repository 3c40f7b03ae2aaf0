package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.types.Shape;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.util.InvalidInputException;

class MemoryShortageTest {
  /** The words of libtorch 2.7.1, {@code CUDACachingAllocator::malloc}, inside of a block. */
  private static final String CUDA =
      """
      The following operation failed in the TorchScript interpreter.
      Traceback of TorchScript, serialized code (most recent call last):
        File "code/__torch__.py", line 812, in feed_forward_kept
          return [out, both]
                 ~~~ <--- HERE
      RuntimeError: CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of \
      15.77 GiB of which 1.38 MiB is free. Including non-PyTorch memory, this process has 15.76 GiB \
      memory in use. Of the allocated memory 14.20 GiB is allocated by PyTorch, and 1.02 GiB is \
      reserved by PyTorch but unallocated. If reserved but unallocated memory is large try setting \
      PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True to avoid fragmentation.\
      """;

  @Test
  void readsWhatAGpuLacks() {
    Throwable failure = new IllegalStateException("worker 3", new EngineException(CUDA));
    assertThat(MemoryShortage.within(failure))
        .contains(
            new MemoryShortage(
                "GPU 0 has 15.77 GiB, of which 1.38 MiB are free, and 2.50 GiB more are needed"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CUDA out of memory. Tried to allocate more than 1EB memory.",
        "CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED"
      })
  void knowsWhatItsLibrariesSay(String words) {
    assertThat(MemoryShortage.within(new EngineException(words)))
        .contains(new MemoryShortage("the GPU has no more"));
  }

  @Test
  void readsWhatACpuLacks() {
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      Throwable failure = Assertions.catchThrowable(() -> ops.manager().zeros(new Shape(1L << 44)));
      assertThat(MemoryShortage.within(failure))
          .contains(new MemoryShortage("the system does not give 65536.00 GiB more"));
    }
  }

  @Test
  void saysWhatWasTooLargeAndWhatHelps() {
    EngineException full = new EngineException("CUDA error: out of memory");
    assertThat(MemoryShortage.explained(full, "the weights of unet", "--mixed_precision=bf16"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "Not enough memory: the GPU has no more for the weights of unet; give"
                + " --mixed_precision=bf16");
    RuntimeException other = new IllegalStateException();
    assertThat(MemoryShortage.explained(other, "a", "b")).isSameAs(other);
  }

  @Test
  void otherFailuresAreNone() {
    assertThat(MemoryShortage.within(new EngineException("expected a tensor"))).isEmpty();
    assertThat(MemoryShortage.within(new IllegalStateException())).isEmpty();
  }
}
