/// Who may log in, and what they get: the ports through which the program that embeds the server
/// decides. Start reading at [dev.wings.sftp.account.Authenticator]; its methods run on virtual
/// threads and may block.
@NullMarked
package dev.wings.sftp.account;

import org.jspecify.annotations.NullMarked;
