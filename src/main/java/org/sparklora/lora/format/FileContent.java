package org.sparklora.lora.format;

import java.io.IOException;
import java.io.OutputStream;

/** Writes a file's bytes; the stream stays open. */
public interface FileContent {
  void writeTo(OutputStream out) throws IOException;
}
