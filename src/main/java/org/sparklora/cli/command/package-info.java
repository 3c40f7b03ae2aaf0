/**
 * One class for each command, such as {@code train} or {@code convert}.
 *
 * <p>Start with {@link org.sparklora.cli.command.TrainCommand}. A command reads its flags, checks
 * them all, and calls one job or one library class. Flags that several commands share belong to
 * {@code cli.option} or {@code cli.training}.
 */
package org.sparklora.cli.command;
