package org.sparklora.data.cache;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.metadata.ColumnPath;

/** A page of each column, all of the same rows, as if they were a row group. */
final class OnePage implements PageReadStore {
  private final int rows;
  private final Map<ColumnPath, DataPageV1> pages = new HashMap<>();

  OnePage(int rows) {
    this.rows = rows;
  }

  /**
   * Adds a column's page. It is neither compressed nor encrypted.
   *
   * @param begin of the column's pages in the bytes
   * @param end of them
   * @param skipped number of pages before the wanted one
   * @throws IllegalStateException when the bytes are damaged
   */
  void add(ColumnPath column, byte[] bytes, int begin, int end, int skipped) {
    int at = begin;
    for (int page = 0; ; page++) {
      ByteArrayInputStream stream = new ByteArrayInputStream(bytes, at, end - at);
      PageHeader header = header(column, stream);
      int body = end - stream.available();
      int length = header.getCompressed_page_size();
      if (length < 0 || length > end - body) {
        throw new IllegalStateException("a page of " + column + " is said to have " + length);
      }
      if (page == skipped) {
        pages.put(column, page(column, header, bytes, body));
        return;
      }
      at = body + length;
    }
  }

  private static PageHeader header(ColumnPath column, ByteArrayInputStream stream) {
    try {
      return Util.readPageHeader(stream);
    } catch (IOException e) {
      throw new IllegalStateException("the header of a page of " + column + " is damaged", e);
    }
  }

  private DataPageV1 page(ColumnPath column, PageHeader header, byte[] bytes, int body) {
    int length = header.getCompressed_page_size();
    DataPageHeader data = header.getData_page_header();
    if (data == null
        || header.getUncompressed_page_size() != length
        || data.getNum_values() < rows) {
      throw new IllegalStateException("the header of a page of " + column + " is damaged");
    }
    CRC32 checksum = new CRC32();
    checksum.update(bytes, body, length);
    if (!header.isSetCrc() || (int) checksum.getValue() != header.getCrc()) {
      throw new IllegalStateException("the checksum of a page of " + column + " is wrong");
    }
    return new DataPageV1(
        BytesInput.from(bytes, body, length),
        data.getNum_values(),
        length,
        null,
        encoding(data.getRepetition_level_encoding()),
        encoding(data.getDefinition_level_encoding()),
        encoding(data.getEncoding()));
  }

  private static Encoding encoding(org.apache.parquet.format.Encoding of) {
    return Encoding.valueOf(of.name());
  }

  @Override
  public PageReader getPageReader(ColumnDescriptor descriptor) {
    DataPageV1 page = pages.get(ColumnPath.get(descriptor.getPath()));
    return new PageReader() {
      private boolean read;

      @Override
      public DictionaryPage readDictionaryPage() {
        return null;
      }

      @Override
      public long getTotalValueCount() {
        return page.getValueCount();
      }

      @Override
      public DataPage readPage() {
        DataPage next = read ? null : page;
        read = true;
        return next;
      }
    };
  }

  @Override
  public long getRowCount() {
    return rows;
  }
}
