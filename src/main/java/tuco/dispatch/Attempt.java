package tuco.dispatch;

import java.util.UUID;

/**
 * One hand-over of a message, as the claim wrote it down before the provider is called (decisions 5.3).
 *
 * @param fence of the line's lease when it was claimed; together with the attempt's id it guards the outcome
 * @param attempts how many this message has had, this one included
 * @param charge the periods that it is counted in
 * @param lineFailing whether the line's last attempts failed, so that a success has something to clear
 */
record Attempt(
    LineKey line,
    UUID messageId,
    UUID attemptId,
    long fence,
    int attempts,
    Charge charge,
    boolean firstTouch,
    String recipient,
    boolean lineFailing) {}
