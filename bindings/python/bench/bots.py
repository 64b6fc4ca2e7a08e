"""The bots that are measured, each in a process of its own: `bots.py NAME URL COUNT`.

It prints a line when the first message and one when the last has been answered: the CPU time of the
process so far, in seconds, and a monotonic clock.
"""

import logging
import resource
import sys
import time

TOKEN = "1000000000000000001:emulator-only-no-secret"


class Counter:
    """Prints what was used up to the first and to the last message."""

    def __init__(self, count):
        self.count = count
        self.seen = 0

    def one(self):
        self.seen += 1
        if self.seen in (1, self.count):
            used = resource.getrusage(resource.RUSAGE_SELF)
            print(used.ru_utime + used.ru_stime, time.monotonic(), flush=True)


def ours(url, counter, store):
    from zaloxide.testing import Bot

    bot = Bot(
        TOKEN,
        api_url=url,
        store=store,
        dm_policy="open",
        allow_from=["*"],
        rate={"chat_per_sec": 0, "account_per_sec": 0},
        quota={"monthly": 0},
    )

    @bot.on_text
    async def answer(turn):
        await turn.reply(turn.text)
        counter.one()

    bot.run_polling()


def theirs(url, counter):
    from zalo_bot.ext import ApplicationBuilder, MessageHandler, filters

    app = ApplicationBuilder().token(TOKEN).base_url(url).build()

    async def answer(update, context):
        await update.message.reply_text(update.message.text)
        counter.one()

    app.add_handler(MessageHandler(filters.TEXT, answer))
    app.run_polling()


if __name__ == "__main__":
    # Neither logs what goes well.
    logging.basicConfig(level=logging.WARNING)
    name, url, count = sys.argv[1], sys.argv[2], Counter(int(sys.argv[3]))
    match name:
        case "zaloxide":
            ours(url, count, None)
        case "zaloxide-sqlite":
            ours(url, count, "sqlite")
        case "python-zalo-bot":
            theirs(url, count)
