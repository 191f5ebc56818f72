/*
 * Splits every line of standard input with CommandLineToArgvW and prints the line, and below it what it was split into,
 * a bar before each argument. Lines are UTF-8; a backtick stands for a tab.
 */
#include <windows.h>
#include <shellapi.h>
#include <stdio.h>
#include <string.h>

static void print(const WCHAR *text)
{
    char utf8[4096];
    WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL);
    fputs(utf8, stdout);
}

int main(void)
{
    char line[1024];
    while (fgets(line, sizeof line, stdin)) {
        WCHAR wide[1024];
        int count;
        line[strcspn(line, "\r\n")] = 0;
        for (char *c = line; *c; c++)
            if (*c == '`')
                *c = '\t';
        MultiByteToWideChar(CP_UTF8, 0, line, -1, wide, 1024);
        LPWSTR *argv = CommandLineToArgvW(wide, &count);
        print(wide);
        putchar('\n');
        for (int i = 0; i < count; i++) {
            putchar('|');
            print(argv[i]);
        }
        putchar('\n');
        LocalFree(argv);
    }
    return 0;
}
