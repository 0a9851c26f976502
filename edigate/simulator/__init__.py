"""A clearinghouse and payer to talk to: an SFTP server with answers in X12."""
