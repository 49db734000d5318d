// What the pages N-hbnb do in the browser; each N-hbnb.js says which of it its page has. Needs jQuery. Whatever comes from the
// API goes into the page as text, never as markup.
'use strict';

const hbnb = (function ($) {
  const api = '/api/v1';

  // ---- Filters: checkboxes with data-id and data-name -----------------------------------------------------------------

  function checked(boxes) {
    return $(boxes).filter(':checked').get();
  }

  // The ids of the checked ones.
  function ids(boxes) {
    return checked(boxes).map((box) => box.dataset.id);
  }

  // Keeps the names of the checked ones in the h4 of `area` (.amenities, .locations).
  function listChosen(area) {
    const update = () => {
      const names = checked(area + ' input[type=checkbox]').map((box) => box.dataset.name).join(', ');
      $(area + ' h4').text(names || '\u00a0').attr('title', names || null);
    };
    $(area).on('change', 'input[type=checkbox]', update).on('mouseleave', closeBehindMouse);
    update(); // a browser may have kept the boxes of an earlier visit
  }

  // A list stays open round the box that has the focus: right for the keyboard, not for a mouse that has left.
  function closeBehindMouse() {
    const focused = document.activeElement;
    if (this.contains(focused) && !focused.matches(':focus-visible')) focused.blur();
  }

  // ---- The API's state ------------------------------------------------------------------------------------------------

  function showApiStatus() {
    const show = (isAvailable) => {
      $('#api_status').toggleClass('available', isAvailable)
        .attr('title', isAvailable ? 'The API answers' : 'The API does not answer');
    };
    $.getJSON(api + '/status/')
      .done((answer) => show(answer !== null && answer.status === 'OK'))
      .fail(() => show(false));
  }

  // ---- Places ---------------------------------------------------------------------------------------------------------

  function box(name, text) {
    return $('<div>').addClass(name).text(text);
  }

  function counted(count, noun) {
    return count + ' ' + noun + (count === 1 ? '' : 's');
  }

  // A description or a review as nodes: text, and a br for every <br>; what a cut has left of one at the end is dropped.
  function lineNodes(text) {
    const lines = text.replace(/<(b(r[ \t\r\n]*\/?)?)?$/i, '').split(/<br[ \t\r\n]*\/?>/i);
    return lines.flatMap((line, i) => {
      const node = document.createTextNode(line);
      return i === 0 ? [node] : [document.createElement('br'), node];
    });
  }

  // Any value may be null, as in the database: then it is shown as the server's pages show it.
  function article(place) {
    return $('<article>').append(
      box('title_box').append($('<h2>').text(place.name || ''), box('price_by_night', '$' + (place.price_by_night || 0))),
      box('information').append(
        box('max_guest', counted(place.max_guest || 0, 'Guest')),
        box('number_rooms', counted(place.number_rooms || 0, 'Bedroom')),
        box('number_bathrooms', counted(place.number_bathrooms || 0, 'Bathroom'))),
      box('description').append(lineNodes(place.description || '')));
  }

  // As the server sorts: `<` on strings would compare halves of surrogate pairs.
  function byCodePoints(a, b) {
    const one = Array.from(a);
    const other = Array.from(b);
    const at = one.findIndex((character, i) => character !== other[i]);
    if (at < 0) return one.length - other.length;
    return at >= other.length ? 1 : one[at].codePointAt(0) - other[at].codePointAt(0);
  }

  function byName(a, b) {
    return byCodePoints(a.name || '', b.name || '') || byCodePoints(a.id, b.id);
  }

  function notice(text, element) {
    return $(element || '<p>').addClass('notice').text(text);
  }

  // section.places, filled by the API. withReviews: each article ends with its reviews.
  function placeList(options) {
    const $section = $('section.places');
    const withReviews = Boolean(options && options.withReviews);
    let running = null;

    const make = (place) => (withReviews ? article(place).append(reviewsOf(place.id)) : article(place));

    // wanted: the body of places_search. What a former call still waits for is not shown any more.
    function show(wanted) {
      if (running !== null) running.abort();
      $section.children('article, .notice').remove();
      const request = $.ajax({
        url: api + '/places_search/',
        method: 'POST',
        contentType: 'application/json',
        data: JSON.stringify(wanted),
        dataType: 'json'
      });
      running = request;
      request
        .done((places) => {
          $section.append(places.length === 0 ? notice('No place has all of that.') : places.sort(byName).map(make));
        })
        .fail(() => {
          if (running === request) $section.append(notice('The places did not come. Please try again.'));
        });
    }

    return { show };
  }

  // Calls `search` at every click on the filter bar's button.
  function onSearch(search) {
    $('section.filters button').on('click', search);
  }

  // ---- Reviews --------------------------------------------------------------------------------------------------------

  const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October',
    'November', 'December'];

  function ordinal(day) {
    const ends = { 1: 'st', 2: 'nd', 3: 'rd', 21: 'st', 22: 'nd', 23: 'rd', 31: 'st' };
    return day + (ends[day] || 'th');
  }

  // '2017-01-27T…' as it was written (UTC): ' the 27th January 2017'; nothing where there is no such moment.
  function dateOf(stamp) {
    if (!stamp) return '';
    const [year, month, day] = stamp.slice(0, 10).split('-').map(Number);
    return ' the ' + ordinal(day) + ' ' + months[month - 1] + ' ' + year;
  }

  const authors = new Map(); // the promised name of each user that was asked for

  function nameOf(user) {
    return [user.first_name, user.last_name].filter(Boolean).join(' ') || 'somebody';
  }

  function authorOf(id) {
    if (id === null) return 'somebody';
    if (!authors.has(id)) {
      const asked = Promise.resolve($.getJSON(api + '/users/' + encodeURIComponent(id)));
      authors.set(id, asked.then(nameOf, () => 'somebody'));
    }
    return authors.get(id);
  }

  function reviewItem(review, author) {
    return $('<li>').append(
      $('<h3>').text('From ' + author + dateOf(review.created_at)),
      $('<p>').append(lineNodes(review.text || '')));
  }

  async function reviewItems(placeId) {
    const reviews = await $.getJSON(api + '/places/' + encodeURIComponent(placeId) + '/reviews');
    if (reviews.length === 0) return [notice('No reviews yet.', '<li>')];
    return Promise.all(reviews.map(async (review) => reviewItem(review, await authorOf(review.user_id))));
  }

  // What comes after its list has been removed again is seen by nobody.
  function toggleReviews($reviews, placeId) {
    const $switch = $reviews.children('span');
    if ($switch.text() === 'hide') {
      $reviews.children('ul').remove();
      $switch.text('show');
      return;
    }
    $switch.text('hide');
    const $list = $('<ul>').appendTo($reviews);
    reviewItems(placeId).then(
      (items) => $list.append(items),
      () => $list.append(notice('The reviews did not come. Please try again.', '<li>')));
  }

  function reviewsOf(placeId) {
    const $switch = $('<span>').text('show').attr({ role: 'button', tabindex: 0 });
    const $reviews = box('reviews').append($('<h2>').text('Reviews'), $switch);
    $switch.on('click', () => toggleReviews($reviews, placeId));
    $switch.on('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      toggleReviews($reviews, placeId);
    });
    return $reviews;
  }

  return { ids, listChosen, onSearch, placeList, showApiStatus };
})(jQuery);
