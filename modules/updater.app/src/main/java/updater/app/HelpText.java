package updater.app;

/** Hold the text of {@code --help}; a golden file in the tests is what it is compared with. */
final class HelpText {
    static final String TEXT = """
            Updates a host agent from its unpacked update, and puts everything back if anything goes wrong.

            usage: updater [options]            update the agent from HOME/tmp/latest
                   updater recover [options]    finish or undo an update whose updater died
                   updater status [options]     print what the last update did
                   updater doctor [options]     print what was found on this host, and why
                   updater journal --print      print the journal of an unfinished update, one record a line
                   updater --version | --help

            options
              --home DIR               where the agent is installed, instead of where the product says
              --product FILE           product descriptor to use instead of the one in the runtime
              --service-manager NAME   service manager to use instead of the one that runs here
              --json                   with status: the report as it is stored
              --verbose                with status: every step, and where the time went
              --give-up                with recover: end a rollback that cannot be finished, and leave things as they are
              -v, --version            version, commit and build time
              -h, --help               this text

            exit codes
              0   updated; or what was asked for was printed
              1   the update failed, was rolled back, and the rollback was proven
              2   the command line or the product descriptor is wrong
              3   another updater is at work on this home
              4   the rollback is incomplete: see the log, then run 'updater recover'
              5   refused: nothing was changed; for status and journal, there is none to print

            files
              HOME/tmp/latest                  the unpacked update
              HOME/tmp/rollback                the backup, while an update is under way
              HOME/log/updater.log             what the last update did, one JSON object a line
              HOME/log/updater-report.json     the last update's report
              /var/lib/PRODUCT-updater         state: journal, lock, runtime, what an undo removed (Linux, as root)
              HOME/.updater                    the same without root
            """;

    private HelpText() {}
}
