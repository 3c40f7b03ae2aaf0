package org.sparklora.hub;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.HexFormat;
import org.apache.hadoop.fs.FileChecksum;

/** A whole file's SHA-256. */
final class Sha256Checksum extends FileChecksum {
  private byte[] bytes;

  Sha256Checksum(String hex) {
    this.bytes = HexFormat.of().parseHex(hex);
  }

  @Override
  public String getAlgorithmName() {
    return "sha256";
  }

  @Override
  public int getLength() {
    return bytes.length;
  }

  @Override
  public byte[] getBytes() {
    return bytes.clone();
  }

  @Override
  public void write(DataOutput out) throws IOException {
    out.write(bytes);
  }

  @Override
  public void readFields(DataInput in) throws IOException {
    in.readFully(bytes);
  }
}
