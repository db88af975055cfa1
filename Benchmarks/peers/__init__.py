"""Other inference engines beside this project's: the same networks, run in turns."""
