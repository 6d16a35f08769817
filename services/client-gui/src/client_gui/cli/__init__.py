"""The command line client `livechat`: works without Tk."""
