"""The settings of a workspace and its one partner, whose server is a folder, for benchmarks that need a ledger."""

SETTINGS = '[practice]\nname = "Benchmark"\n'
PARTNER = """\
name = "payer"
[envelope]
sender_id = "US"
receiver_id = "PAYER"
[submitter]
name = "US"
id = "US"
contact_name = "DESK"
phone = "5555550100"
[receiver]
name = "PAYER"
id = "PAYER"
[directory]
path = "server"
"""
