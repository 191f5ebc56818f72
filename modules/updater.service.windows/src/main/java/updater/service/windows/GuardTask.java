package updater.service.windows;

import java.util.List;

/**
 * The guard's task in the XML of the Task Scheduler, schema 1.2.
 *
 * <p>Both triggers have the same action. The time trigger began in the past and repeats without an end, so nothing
 * depends on the host's clock. The defaults that would keep the task from running are all turned off.
 *
 * @see <a href="https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema">Task Scheduler Schema</a>
 */
final class GuardTask {
    private static final String LOCAL_SYSTEM = "S-1-5-18";

    private GuardTask() {}

    static String xml(List<String> command, String product) {
        String arguments = WindowsCommandLine.join(command)
                .substring(command.getFirst().length() + 2)
                .strip();
        return """
                <?xml version="1.0" encoding="UTF-16"?>
                <Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
                  <RegistrationInfo>
                    <Description>Finishes an update of %s that was interrupted. Present only during an update.</Description>
                  </RegistrationInfo>
                  <Triggers>
                    <BootTrigger />
                    <TimeTrigger>
                      <Repetition>
                        <Interval>PT1M</Interval>
                      </Repetition>
                      <StartBoundary>2000-01-01T00:00:00</StartBoundary>
                    </TimeTrigger>
                  </Triggers>
                  <Principals>
                    <Principal id="Author">
                      <UserId>%s</UserId>
                      <RunLevel>HighestAvailable</RunLevel>
                    </Principal>
                  </Principals>
                  <Settings>
                    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
                    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
                    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
                    <StartWhenAvailable>true</StartWhenAvailable>
                    <ExecutionTimeLimit>PT1H</ExecutionTimeLimit>
                    <Priority>4</Priority>
                  </Settings>
                  <Actions Context="Author">
                    <Exec>
                      <Command>%s</Command>
                      <Arguments>%s</Arguments>
                    </Exec>
                  </Actions>
                </Task>
                """.formatted(escape(product), LOCAL_SYSTEM, escape(command.getFirst()), escape(arguments))
                .replace("\n", "\r\n");
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
