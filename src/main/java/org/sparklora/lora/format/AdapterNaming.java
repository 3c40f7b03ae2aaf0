package org.sparklora.lora.format;

import org.sparklora.lora.Adapter;
import org.sparklora.lora.key.NamedTensors;

/** The names that one tool gives to an adapter's tensors. */
interface AdapterNaming {
  /** Whether names and metadata are those of this tool. No values are read. */
  boolean recognises(AdapterSource source);

  /**
   * Reads the adapter.
   *
   * @throws org.sparklora.util.InvalidInputException (DATA) naming tensors that are missing,
   *     misshaped or unknown
   */
  Adapter read(AdapterSource source);

  /**
   * Converts an adapter to the tool's tensors.
   *
   * @throws org.sparklora.util.InvalidInputException (CONFIGURATION) naming what the tool cannot
   *     express
   */
  NamedTensors write(Adapter adapter);
}
