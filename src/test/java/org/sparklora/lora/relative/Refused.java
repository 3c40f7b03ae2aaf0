package org.sparklora.lora.relative;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.sparklora.util.InvalidInputException;

/** Input that is refused in one line. */
final class Refused {
  private Refused() {}

  static void require(ThrowingCallable call, String... parts) {
    AbstractThrowableAssert<?, ?> refusal =
        assertThatThrownBy(call).isInstanceOf(InvalidInputException.class);
    for (String part : parts) {
      refusal.hasMessageContaining(part);
    }
  }
}
