"""The published Python library against the emulator: poll, text, photo, sticker, errors, webhook."""

import asyncio
import logging

from emulator import TOKEN, Checks, emulator
from zalo_bot import Bot
from zalo_bot.error import NetworkError, TimedOut, ZaloError

check = Checks("python-zalo-bot")
# The library logs each error that is made here on purpose, with a traceback.
logging.disable(logging.CRITICAL)


async def converse(platform):
    bot = Bot(TOKEN, base_url=platform.url)
    async with bot:
        me = await bot.get_me()
        check.that("getMe tells the bot's id", me.id == TOKEN.split(":")[0], me)

        poll = asyncio.create_task(bot.get_update(timeout=30))
        wanted = lambda call: call["method"] == "getUpdates"
        await asyncio.to_thread(platform.wait_for_call, wanted)
        sent = await asyncio.to_thread(
            platform.control, "users/an/messages", {"text": "Xin chào bot", "name": "An"}
        )
        check.that("a person's message finds the open poll", sent == {"delivered": True}, sent)
        update = await poll
        message = update.message
        check.that("the poll brings the text", message.text == "Xin chào bot", update)
        check.that("the sender has a name", update.effective_user.display_name == "An", update)

        reply = await message.reply_text("chào bạn")
        check.that("a text is answered with a message id", len(reply.message_id) == 20, reply)
        photo = await message.reply_photo("https://example.com/a.jpg", "ảnh")
        check.that("a photo too, with its type", photo.message_type == "CHAT_PHOTO", photo)
        sticker = await message.reply_sticker("2be893baafff46a11fee")
        check.that("a sticker too", len(sticker.message_id) == 20, sticker)
        await message.reply_action("typing")
        ids = {reply.message_id, photo.message_id, sticker.message_id}
        check.that("no two ids are the same", len(ids) == 3, ids)

        idle = await bot.get_update(timeout=1)
        check.that("an idle poll brings nothing", idle is None, idle)
        await errors(bot, platform)


async def errors(bot, platform):
    # The library reads `result` alone: a logical error, inside HTTP 200, is nothing to it.
    refused = await bot.send_message("an", "")
    check.that("an empty text sends nothing", refused is None, refused)
    last = platform.calls()[-1]
    check.that("it was answered with code 400", last["response"]["error_code"] == 400, last)

    for kind, expected in [
        ("http_500", NetworkError),
        ("http_502_html", ZaloError),
        ("disconnect_before", NetworkError),
        ("truncate", NetworkError),
    ]:
        platform.control("faults", {"method": "sendMessage", "kind": kind})
        try:
            seen = await bot.send_message("an", "x")
        except expected as error:
            seen = error
        check.that(f"{kind} is {expected.__name__}", isinstance(seen, expected), seen)

    platform.control("faults", {"method": "getMe", "kind": "timeout"})
    try:
        seen = await bot.get_me(read_timeout=0.5)
    except TimedOut as error:
        seen = error
    check.that("no answer is TimedOut", isinstance(seen, TimedOut), seen)


def webhook(platform):
    bot = Bot(TOKEN, base_url=platform.url)
    url = "https://bot.example.com/hook"
    check.that("setWebhook", bot.set_webhook(url, "a-long-secret"))
    info = Bot(TOKEN, base_url=platform.url).get_webhook_info()
    check.that("getWebhookInfo tells the url", info.url == url, info)
    check.that("deleteWebhook", Bot(TOKEN, base_url=platform.url).delete_webhook())
    shown = str(platform.calls())
    check.that("the list of calls shows no secret", "a-long-secret" not in shown)


def wrong_token(platform):
    bot = Bot("1:wrong", base_url=platform.url)
    me = asyncio.run(bot.get_me())
    check.that("a wrong token gets no bot", me is None, me)
    last = platform.calls()[-1]
    check.that("it was answered with code 401", last["response"]["error_code"] == 401, last)


with emulator() as platform:
    asyncio.run(converse(platform))
    webhook(platform)
    wrong_token(platform)
