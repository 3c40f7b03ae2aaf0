package org.sparklora.store;

import java.io.IOException;
import java.io.OutputStream;

/** Writes the bytes of one file, the same ones each time; such as {@code writer::writeTo}. */
@FunctionalInterface
public interface FileContent {
  void writeTo(OutputStream out) throws IOException;
}
