package org.sparklora.data.row;

/**
 * The subject of a row.
 *
 * @param name of the subject, from {@code --subject_column}
 * @param number of the row among the subject's rows, from 0. Everything random about the picture is
 *     drawn from it, as if the subject's rows were a data set of their own
 */
public record SubjectRow(String name, long number) {}
