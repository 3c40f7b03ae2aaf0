package org.sparklora.data.row;

/**
 * Whose picture a row is.
 *
 * @param name the subject's, as {@code --subject_column} has it
 * @param number of the row among the subject's, from 0: what is drawn for the picture is drawn by
 *     it, as if the subject's rows were a data set of their own
 */
public record SubjectRow(String name, long number) {}
