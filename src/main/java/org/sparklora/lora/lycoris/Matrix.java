package org.sparklora.lora.lycoris;

import java.util.Arrays;

/**
 * A small matrix in fp64, for updates that are products of others.
 *
 * @param values row-major
 */
public record Matrix(int rows, int columns, double[] values) {

  public static Matrix of(long rows, float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return new Matrix(Math.toIntExact(rows), values.length / Math.toIntExact(rows), wide);
  }

  public static Matrix identity(int size) {
    Matrix identity = new Matrix(size, size, new double[Math.multiplyExact(size, size)]);
    for (int i = 0; i < size; i++) {
      identity.values[i * size + i] = 1;
    }
    return identity;
  }

  public Matrix times(Matrix other) {
    double[] product = new double[Math.multiplyExact(rows, other.columns)];
    for (int i = 0; i < rows; i++) {
      for (int k = 0; k < columns; k++) {
        double factor = values[i * columns + k];
        for (int j = 0; factor != 0 && j < other.columns; j++) {
          product[i * other.columns + j] += factor * other.values[k * other.columns + j];
        }
      }
    }
    return new Matrix(rows, other.columns, product);
  }

  public Matrix transposed() {
    double[] turned = new double[values.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        turned[j * rows + i] = values[i * columns + j];
      }
    }
    return new Matrix(columns, rows, turned);
  }

  /** The elementwise (Hadamard) product. */
  public Matrix hadamard(Matrix other) {
    double[] product = new double[values.length];
    for (int i = 0; i < product.length; i++) {
      product[i] = values[i] * other.values[i];
    }
    return new Matrix(rows, columns, product);
  }

  /** The Kronecker product: each value of this matrix times the other matrix. */
  public Matrix kronecker(Matrix other) {
    int width = Math.multiplyExact(columns, other.columns);
    double[] product = new double[Math.multiplyExact(Math.multiplyExact(rows, other.rows), width)];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        double factor = values[i * columns + j];
        for (int k = 0; k < other.rows; k++) {
          int at = (i * other.rows + k) * width + j * other.columns;
          for (int l = 0; l < other.columns; l++) {
            product[at + l] = factor * other.values[k * other.columns + l];
          }
        }
      }
    }
    return new Matrix(rows * other.rows, width, product);
  }

  /** The row-wise Kronecker product: row i is the Kronecker product of both matrices' rows i. */
  public Matrix rowwiseKronecker(Matrix other) {
    int width = Math.multiplyExact(columns, other.columns);
    double[] product = new double[Math.multiplyExact(rows, width)];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        for (int l = 0; l < other.columns; l++) {
          product[i * width + j * other.columns + l] =
              values[i * columns + j] * other.values[i * other.columns + l];
        }
      }
    }
    return new Matrix(rows, width, product);
  }

  /** Adds a multiple of another matrix. */
  public Matrix plus(double factor, Matrix other) {
    double[] sum = values.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += factor * other.values[i];
    }
    return new Matrix(rows, columns, sum);
  }

  public Matrix scaled(double factor) {
    double[] scaled = values.clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= factor;
    }
    return new Matrix(rows, columns, scaled);
  }

  /** Multiplies each row by its own factor. */
  public Matrix rowsTimes(double[] factors) {
    double[] scaled = values.clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= factors[i / columns];
    }
    return new Matrix(rows, columns, scaled);
  }

  /** {@code [this, other]}. */
  public Matrix beside(Matrix other) {
    return transposed().above(other.transposed()).transposed();
  }

  /** {@code [this; other]}. */
  public Matrix above(Matrix other) {
    double[] all = Arrays.copyOf(values, Math.addExact(values.length, other.values.length));
    System.arraycopy(other.values, 0, all, values.length, other.values.length);
    return new Matrix(rows + other.rows, columns, all);
  }

  public float[] floats() {
    float[] narrow = new float[values.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }
}
